import Exchange
import Foundation
import NIOCore
import Spool
import Testing

@testable import Admin

@Suite struct DeadLetterTests {
    private static let letters = [
        Sample.letter(1), Sample.letter(2, "inventory", .connectRefused), Sample.letter(3, route: "returns"),
        Sample.letter(4, settledAt: Sample.ago(30)),
    ]

    private func ids(_ reply: Reply) throws -> [Int] {
        try #require(reply.document["dead_letters"] as? [[String: Any]]).compactMap { $0["id"] as? Int }
    }

    // MARK: Lists

    @Test func aListShowsWhatALetterIs() async throws {
        try await withStage(Shelf(letters: [Sample.letter(17)])) { stage async throws in
            let reply = try await stage.get("/api/dead-letters")
            let letter = try #require((try reply.document["dead_letters"] as? [[String: Any]])?.first)
            #expect(letter["id"] as? Int == 17 && letter["exchange_id"] as? String == "\(Sample.id(17))")
            #expect(letter["upstream"] as? String == "shipping" && letter["route"] as? String == "orders")
            #expect(letter["last_class"] as? String == "http_5xx" && letter["last_status"] as? Int == 503)
            #expect(letter["attempts"] as? Int == 12 && letter["replays"] as? Int == 0)
            #expect(letter["settled_at"] as? String == "2026-11-24T05:25:22.004Z")
            #expect(letter["trace_id"] as? String == "000000000000a0000000000000000011")
            #expect(letter["target"] as? String == "/orders?sig=REDACTED&page=2" && letter["method"] as? String == "POST")
            #expect(letter["headers"] == nil && letter["history"] == nil)
        }
    }

    @Test(arguments: [
        ("", [1, 2, 3, 4]), ("upstream=inventory", [2]), ("route=returns", [3]), ("class=connect_refused", [2]), ("older_than=1m", [1, 2, 3]),
        ("older_than=29s", [1, 2, 3, 4]), ("older_than=59m59s", [1, 2, 3]), ("older_than=1h1s", []), ("older_than=99999d", []), ("after=2", [3, 4]),
        ("upstream=shipping&older_than=10m&after=1", [3]),
    ] as [(String, [Int])])
    func filtersNarrowAList(_ query: String, _ expected: [Int]) async throws {
        try await withStage(Shelf(letters: DeadLetterTests.letters)) { stage async throws in
            #expect(try await ids(stage.get("/api/dead-letters?\(query)")) == expected)
        }
    }

    @Test func itsPagesFollowEachOther() async throws {
        try await withStage(Shelf(letters: (1...7).map { Sample.letter($0) })) { stage async throws in
            var seen: [Int] = []
            var next: String? = "/api/dead-letters?upstream=shipping&limit=3"
            while let target = next {
                let reply = try await stage.get(target)
                seen += try ids(reply)
                next = try reply.document["next"] as? String
            }
            #expect(seen == Array(1...7))
        }
    }

    @Test(arguments: [
        ("older_than=old", "older_than"), ("older_than=1x", "older_than"), ("older_than=-1h", "older_than"), ("older_than=1m1h", "older_than"),
        ("older_than=9999999999999d", "older_than"), ("after=x", "after"), ("after=-1", "after"), ("class=oops", "class"), ("state=dead", "state"), ("limit=1e3", "limit"),
    ])
    func aQueryThatCanNotBeUsedIs400AndNamesTheParameter(_ query: String, _ name: String) async throws {
        try await withStage(Shelf()) { stage async throws in
            let reply = try await stage.get("/api/dead-letters?\(query)")
            #expect(try reply.status == 400 && reply.detail.hasPrefix(name + ":"))
        }
    }

    // MARK: One

    @Test func oneShowsItsRequestAndEveryAttempt() async throws {
        let entries = [
            Sample.attempt(1, answer: ByteBuffer(string: "no \"stock\"\n")), Sample.attempt(2, answer: ByteBuffer(bytes: [0xFF, 0x00, 0xFE])),
            Sample.attempt(3),
        ]
        try await withStage(Shelf(letters: [Sample.letter(5, body: "0123456789", entries: entries)])) { stage async throws in
            let document = try await stage.get("/api/dead-letters/5").document
            #expect(document["id"] as? Int == 5 && document["body_bytes"] as? Int == 10)
            let history = try #require(document["history"] as? [[String: Any]])
            #expect(history.count == 3)
            #expect(history[0]["answer"] as? String == "no \"stock\"\n" && history[0]["answer_base64"] == nil)
            #expect(history[1]["answer_base64"] as? String == "/wD+" && history[1]["answer"] == nil)
            #expect(history[2]["answer"] is NSNull)
            #expect(history[2]["class"] as? String == "http_5xx" && history[2]["number"] as? Int == 3)
        }
    }

    @Test(arguments: 0...3)
    func anAnswerCutWithinACharacterIsTextAllTheSame(_ offset: Int) throws {
        // U+1D11E has four bytes in UTF-8.
        let text = String(repeating: "a", count: offset) + String(repeating: "\u{1D11E}", count: 600)
        let cut = ByteBuffer(bytes: Array(text.utf8.prefix(AttemptEntry.answerLimit)))
        let (name, value) = AttemptDocument.answer(Sample.attempt(answer: cut))
        guard case .string(let shown) = value else { throw AdminProblem(.internalServerError, "no text") }
        #expect(name == "answer" && text.hasPrefix(shown) && shown.utf8.count > AttemptEntry.answerLimit - 4)
    }

    @Test func noCredentialIsShown() async throws {
        var headers = Headers([
            "Authorization": "Bearer hush", "proxy-authorization": "Basic hush", "COOKIE": "session=hush", "Set-Cookie": "a=hush",
            "X-Api-Key": "hush", "X_API_KEY": "hush", "X-Amz-Security-Token": "hush", "X-Hub-Signature-256": "hush",
            "Referer": "http://u:hush@shop.test/x?sig=hush&b=1", "Content-Type": "application/json", "Idempotency-Key": "\"k-1\"",
        ])
        headers.append("X-Client-Secret", "hush")
        try await withStage(Shelf(letters: [Sample.letter(5, headers: headers)])) { stage async throws in
            let reply = try await stage.get("/api/dead-letters/5")
            #expect(reply.status == 200 && !reply.body.contains("hush"))
            let shown = try #require(reply.document["headers"] as? [[String: String]])
            #expect(shown.count == headers.count && shown[0] == ["name": "Authorization", "value": "REDACTED"])
            #expect(shown.contains(["name": "Content-Type", "value": "application/json"]))
            #expect(shown.contains(["name": "Idempotency-Key", "value": "\"k-1\""]))
            #expect(shown.contains(["name": "Referer", "value": "http://REDACTED:REDACTED@shop.test/x?sig=REDACTED&b=1"]))
        }
    }

    @Test func oneThatIsNotKnownIs404AndWhatIsNoIDIs400() async throws {
        try await withStage(Shelf()) { stage async throws in
            for method in ["GET", "DELETE"] {
                #expect(try await stage.ask(method, "/api/dead-letters/5").status == 404)
                for id in ["x", "0", "-1", "1.5", "99999999999999999999"] {
                    let reply = try await stage.ask(method, "/api/dead-letters/\(id)")
                    #expect(try reply.status == 400 && reply.detail.hasPrefix("id:"))
                }
            }
        }
    }

    @Test func deleteDiscardsOne() async throws {
        let shelf = Shelf(letters: [Sample.letter(5), Sample.letter(6)])
        try await withStage(shelf) { stage async throws in
            let reply = try await stage.ask("DELETE", "/api/dead-letters/5")
            #expect(reply.status == 204 && reply.body.isEmpty && reply.fields["content-length"] == nil)
            #expect(shelf.letterIDs == [6])
            #expect(try await stage.ask("DELETE", "/api/dead-letters/5").status == 404)
        }
    }
}
