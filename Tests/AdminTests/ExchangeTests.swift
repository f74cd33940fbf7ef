import Exchange
import Foundation
import Spool
import Testing

@testable import Admin

@Suite struct ExchangeTests {
    private static let mixed = Sample.view(
        7,
        [
            Sample.delivery(70, "inventory", .delivered, entries: [Sample.attempt()]),
            Sample.delivery(
                71, "shipping", .pending, attempts: 2, lastClass: .http5xx, lastStatus: 503, nextAttemptAt: Sample.ago(0), settledAt: nil,
                entries: [Sample.attempt(1), Sample.attempt(2)]),
            Sample.delivery(72, "audit", .dead, attempts: 12, lastClass: .connectRefused, lastStatus: nil, replays: 1),
            Sample.delivery(73, "search", .skipped, attempts: 0, lastStatus: nil, skipReason: .spoolFull),
        ])

    @Test func anExchangeShowsEachDeliveryWithItsHistory() async throws {
        try await withStage(Shelf(exchanges: [ExchangeTests.mixed])) { stage async throws in
            let reply = try await stage.get("/api/exchanges/\(Sample.id(7))")
            #expect(reply.status == 200 && reply.fields["content-type"] == "application/json")
            let document = try reply.document
            #expect(document["id"] as? String == "01900000-0000-7000-8000-000000000007")
            #expect(document["route"] as? String == "orders")
            #expect(document["received_at"] as? String == "2026-11-24T06:24:22.004Z")
            #expect(document["finished_at"] is NSNull)
            #expect(document["trace_id"] as? String == "000000000000a0000000000000000007")
            #expect(document["method"] as? String == "POST")
            #expect(document["compensates"] == nil)
            let deliveries = try #require(document["deliveries"] as? [String: [String: Any]])
            #expect(deliveries.keys.sorted() == ["audit", "inventory", "search", "shipping"])
            let shipping = try #require(deliveries["shipping"])
            #expect(shipping["state"] as? String == "pending" && shipping["attempts"] as? Int == 2)
            #expect(shipping["last_class"] as? String == "http_5xx" && shipping["last_status"] as? Int == 503)
            #expect(shipping["next_attempt_at"] as? String == "2026-11-24T06:25:22.004Z" && shipping["settled_at"] is NSNull)
            #expect(shipping["dead_letter_id"] == nil && shipping["skip_reason"] is NSNull)
            let history = try #require(shipping["history"] as? [[String: Any]])
            #expect(history.map { $0["number"] as? Int } == [1, 2])
            #expect(history[0]["started_at"] as? String == "2026-11-24T06:24:22.004Z" && history[0]["duration_ms"] as? Double == 12.345678)
            #expect(history[0]["class"] as? String == "http_5xx" && history[0]["status"] as? Int == 503)
            #expect(history[0]["detail"] as? String == "the upstream answered with 503")
            #expect(deliveries["audit"]?["dead_letter_id"] as? Int == 72 && deliveries["audit"]?["replays"] as? Int == 1)
            #expect(deliveries["search"]?["skip_reason"] as? String == "spool_full")
        }
    }

    @Test func aTargetsSensitiveValuesAreRedacted() async throws {
        try await withStage(Shelf(exchanges: [Sample.view(1)])) { stage async throws in
            for target in ["/api/exchanges", "/api/exchanges/\(Sample.id(1))"] {
                let body = try await stage.get(target).body
                #expect(!body.contains("hush") && body.contains("/orders?sig=REDACTED&page=2"))
            }
        }
    }

    @Test func aCompensatingCallNamesTheExchangeItMakesGood() async throws {
        let view = ExchangeView(
            exchange: Sample.exchange(9, compensates: Sample.id(7)), finishedAt: nil,
            deliveries: [Sample.delivery(90, "inventory", .compensated)])
        try await withStage(Shelf(exchanges: [view])) { stage async throws in
            #expect(try await stage.get("/api/exchanges/\(Sample.id(9))").document["compensates"] as? String == "\(Sample.id(7))")
        }
    }

    @Test func anIDIsReadInEitherCase() async throws {
        let id = ExchangeID(high: 0x0190_ABCD_EF01_7000, low: 0x8000_0000_0000_00FE)
        let view = ExchangeView(
            exchange: SpooledExchange(
                id: id, route: "r", receivedAt: Stage.now, method: "PUT", target: "/", headers: Headers(), body: nil,
                trace: Sample.exchange().trace), finishedAt: nil, deliveries: [])
        try await withStage(Shelf(exchanges: [view])) { stage async throws in
            #expect(try await stage.get("/api/exchanges/\(id)").status == 200)
            #expect(try await stage.get("/api/exchanges/\(id.description.uppercased())").status == 200)
        }
    }

    @Test func anIDThatIsNotKnownIs404() async throws {
        try await withStage(Shelf()) { stage async throws in
            let reply = try await stage.get("/api/exchanges/\(Sample.id(8))")
            #expect(reply.status == 404)
            #expect(try reply.detail.contains("\(Sample.id(8))"))
        }
    }

    @Test(arguments: ["x", "01900000-0000-7000-8000-00000000000", "01900000-0000-7000-8000-00000000000g", "0190000000007000800000000000000000000"])
    func anIDThatIsNoneIs400(_ id: String) async throws {
        try await withStage(Shelf()) { stage async throws in
            let reply = try await stage.get("/api/exchanges/\(id)")
            #expect(reply.status == 400)
            #expect(try reply.detail.contains("UUID"))
        }
    }

    // MARK: Lists

    private func ids(_ reply: Reply) throws -> [String] {
        try #require(reply.document["exchanges"] as? [[String: Any]]).compactMap { $0["id"] as? String }
    }

    @Test func aListIsNewestFirstAndItsPagesFollowEachOther() async throws {
        let shelf = Shelf(exchanges: (1...5).map { Sample.view($0) })
        try await withStage(shelf) { stage async throws in
            var seen: [String] = []
            var next: String? = "/api/exchanges?route=orders&limit=2"
            var pages = 0
            while let target = next {
                let reply = try await stage.get(target)
                seen += try ids(reply)
                next = try reply.document["next"] as? String
                pages += 1
            }
            #expect(seen == ([5, 4, 3, 2, 1] as [UInt64]).map { "\(Sample.id($0))" } && pages == 3)
        }
    }

    @Test func aFullLastPageHasNoNext() async throws {
        try await withStage(Shelf(exchanges: (1...4).map { Sample.view($0) })) { stage async throws in
            #expect(try await stage.get("/api/exchanges?limit=4").document["next"] is NSNull)
            #expect(try await stage.get("/api/exchanges?limit=3").document["next"] as? String == "/api/exchanges?limit=3&before=\(Sample.id(2))")
        }
    }

    @Test func aListHasNoHistories() async throws {
        try await withStage(Shelf(exchanges: [ExchangeTests.mixed])) { stage async throws in
            #expect(try await !stage.get("/api/exchanges").body.contains("history"))
        }
    }

    @Test(arguments: [
        ("route=returns", [2]), ("state=dead", [7]), ("upstream=shipping&state=pending", [7]), ("upstream=shipping&state=dead", []),
        ("class=connect_refused", [7]), ("class=tls", []), ("upstream=inv%65ntory", [7, 2, 1]), ("", [7, 2, 1]),
        ("before=\(Sample.id(2))", [1]),
    ] as [(String, [UInt64])])
    func filtersNarrowAList(_ query: String, _ expected: [UInt64]) async throws {
        let shelf = Shelf(exchanges: [Sample.view(1), Sample.view(2, route: "returns"), ExchangeTests.mixed])
        try await withStage(shelf) { stage async throws in
            let reply = try await stage.get("/api/exchanges?\(query)")
            #expect(try ids(reply) == expected.map { "\(Sample.id($0))" })
        }
    }

    @Test(arguments: [
        ("sate=dead", "sate", "'state'"), ("state=ded", "state", "'dead'"), ("class=http5xx", "class", "'http_5xx'"),
        ("limit=0", "limit", "from 1 to 500"), ("limit=501", "limit", "from 1 to 500"), ("limit=many", "limit", "from 1 to 500"),
        ("before=7", "before", "UUID"), ("route=a&route=b", "route", "twice"), ("route=", "route", "no value"),
        ("route", "route", "no value"), ("zzzzzz=1", "zzzzzz", "known here"), ("route=%zz", "", "percent-encoding"),
        ("route=%ff", "", "percent-encoding"), ("route=%e", "", "percent-encoding"),
    ])
    func aQueryThatCanNotBeUsedIs400AndSaysWhy(_ query: String, _ name: String, _ words: String) async throws {
        try await withStage(Shelf()) { stage async throws in
            let reply = try await stage.get("/api/exchanges?\(query)")
            #expect(reply.status == 400)
            let detail = try reply.detail
            #expect(detail.hasPrefix(name) && detail.contains(words), "\(detail)")
            if !name.isEmpty { #expect(try reply.document["parameter"] as? String == name) }
        }
    }
}
