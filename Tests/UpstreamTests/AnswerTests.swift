import Exchange
import Testing
import Upstream

@Suite struct AnswerTests {
    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var method = "GET"
        var answer: [Action]
        var status: Int
        var length: BodyLength
        var body: String
        var interim: [Int] = []
        var version = "1.1"
    }

    static let cases: [Case] = [
        Case(description: "sized", answer: [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")], status: 200, length: .sized(5), body: "hello"),
        Case(description: "empty", answer: [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")], status: 200, length: .sized(0), body: ""),
        Case(
            description: "chunked", answer: [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"), .send("2\r\nlo\r\n0\r\n\r\n")],
            status: 200, length: .unknown, body: "hello"),
        Case(
            description: "chunked with trailers",
            answer: [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")],
            status: 200, length: .unknown, body: "hello"),
        Case(
            description: "chunks and a length", answer: [
                .send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            ], status: 200, length: .unknown, body: "hello"),
        Case(description: "until close", answer: [.send("HTTP/1.1 200 OK\r\n\r\nhello"), .close], status: 200, length: .unknown, body: "hello"),
        Case(
            description: "HTTP/1.0", answer: [.send("HTTP/1.0 200 OK\r\n\r\nhello"), .close], status: 200, length: .unknown,
            body: "hello", version: "1.0"),
        Case(description: "204", answer: [.send("HTTP/1.1 204 No Content\r\n\r\n")], status: 204, length: .none, body: ""),
        Case(description: "304 with a length", answer: [.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n")], status: 304, length: .none, body: ""),
        Case(
            description: "HEAD", method: "HEAD", answer: [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")], status: 200, length: .none,
            body: ""),
        Case(description: "no reason", answer: [.send("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok")], status: 200, length: .sized(2), body: "ok"),
        Case(
            description: "interim heads",
            answer: [
                .send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
                .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            ], status: 200, length: .sized(2), body: "ok", interim: [100, 103]),
        Case(
            description: "drip-fed", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".map { .send(String($0)) }, status: 200,
            length: .sized(5), body: "hello"),
        Case(description: "bare line feeds", answer: [.send("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")], status: 200, length: .sized(2), body: "ok"),
    ]

    @Test(arguments: cases) func isPassedOn(_ expected: Case) async throws {
        let server = try await ScriptedServer { _ in expected.answer }
        try await onStage(server) { stage async throws in
            let story = try await stage.call(expected.method)
            #expect(story.head?.status == expected.status)
            #expect(story.head?.bodyLength == expected.length)
            #expect(story.text == expected.body)
            #expect(story.interim.map(\.status) == expected.interim)
            let outcome = try #require(story.outcome)
            #expect(outcome.errorClass == nil)
            #expect(outcome.detail == "")
            #expect(outcome.status == expected.status)
            #expect(outcome.responseBodyBytes == expected.body.utf8.count)
            #expect(outcome.peerAddress == "127.0.0.1")
            #expect(outcome.peerPort == server.port)
            #expect(outcome.protocolVersion == expected.version)
            #expect(!outcome.reusedConnection)
            #expect(outcome.startedAt <= outcome.firstByteAt ?? outcome.startedAt)
            #expect(outcome.firstByteAt ?? outcome.endedAt <= outcome.endedAt)
            #expect(!story.isDisorderly)
        }
    }

    @Test(arguments: cases) func isCountedWhereNobodyWantsIt(_ expected: Case) async throws {
        let server = try await ScriptedServer { _ in expected.answer }
        try await onStage(server) { stage async throws in
            let story = try await stage.call(expected.method, wantsAnswer: false)
            #expect(story.outcome?.status == expected.status)
            #expect(story.outcome?.errorClass == nil)
            #expect(story.outcome?.responseBodyBytes == expected.body.utf8.count)
            #expect(story.head == nil && story.bodyBytes == 0 && story.interim.isEmpty)
        }
    }

    @Test(arguments: [
        (404, ErrorClass.http4xx, nil), (429, .http429, "7"), (500, .http5xx, nil), (503, .http5xx, "120"), (500, .http5xx, "9"),
        (200, nil, "9"),
    ] as [(Int, ErrorClass?, String?)])
    func statusGivesClass(status: Int, errorClass: ErrorClass?, retryAfter: String?) async throws {
        let field = retryAfter.map { "Retry-After: \($0)\r\n" } ?? ""
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 \(status) X\r\n\(field)Content-Length: 2\r\n\r\nno")] }
        try await onStage(server) { stage async throws in
            for wantsAnswer in [true, false] {
                let outcome = try #require(try await stage.call(wantsAnswer: wantsAnswer).outcome)
                #expect(outcome.errorClass == errorClass)
                #expect(outcome.status == status)
                let heeds = status == 429 || status == 503
                #expect(outcome.retryAfter == (heeds ? retryAfter.flatMap { Int($0) }.map { .seconds($0) } : nil))
            }
        }
    }

    @Test func retryAfterMayBeADate() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 429 Slow\r\nRetry-After: Wed, 01 Jan 2098 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n")]
        }
        try await onStage(server) { stage async throws in
            let wait = try #require(try await stage.call().outcome?.retryAfter)
            #expect(wait > .seconds(3600))
        }
    }

    @Test func fieldsComeAsTheyWere() async throws {
        let server = try await ScriptedServer { _ in
            [
                .send("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Empty:\r\nX-Raw: "), .sendBytes([0xFF, 0xFE]),
                .send("\r\nX-Fold: a\r\n  b\r\n\tc\r\nContent-Encoding: gzip\r\nConnection: x\r\nContent-Length: 3\r\n\r\nabc"),
            ]
        }
        try await onStage(server) { stage async throws in
            let story = try await stage.call()
            let head = try #require(story.head)
            #expect(head.headers.pairs == [
                ["Set-Cookie", "a=1"], ["set-cookie", "b=2"], ["X-Empty", ""], ["X-Raw", "\u{FFFD}\u{FFFD}"], ["X-Fold", "a b c"],
                ["Content-Encoding", "gzip"], ["Connection", "x"], ["Content-Length", "3"],
            ])
            var raw: [UInt8] = []
            head.headers.forEach { name, value in if Headers.equal(name, "x-raw") { raw = Array(value) } }
            #expect(raw == [0xFF, 0xFE])
            // What says it is compressed is passed on as it is.
            #expect(story.text == "abc")
        }
    }
}
