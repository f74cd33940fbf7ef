import Exchange
import NIOCore
import Testing
import Upstream

/// Upstreams that break off, refuse or talk nonsense.
@Suite struct FailureTests {
    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var actions: [Action]
        var errorClass: ErrorClass
        var status: Int?
        /// What of the body gets through before.
        var body = ""
    }

    static let cases: [Case] = [
        Case(description: "closes at once", actions: [.close], errorClass: .reset),
        Case(description: "resets at once", actions: [.reset], errorClass: .reset),
        Case(description: "closes in the head", actions: [.send("HTTP/1.1 200 OK\r\nConte"), .close], errorClass: .reset, status: 200),
        Case(
            description: "closes in a sized body", actions: [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), .close],
            errorClass: .reset, status: 200, body: "half"),
        Case(
            description: "resets in a sized body", actions: [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), .pause(.milliseconds(50)), .reset],
            errorClass: .reset, status: 200, body: "half"),
        Case(
            description: "resets after the head", actions: [.send("HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\n"), .pause(.milliseconds(50)), .reset],
            errorClass: .reset, status: 500),
        Case(
            description: "cuts a chunked body", actions: [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), .close],
            errorClass: .reset, status: 200, body: "half"),
        Case(
            description: "bad chunk size", actions: [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n")],
            errorClass: .protocol, status: 200),
        Case(description: "garbage", actions: [.send("\u{1}\u{2}garbage\r\n\r\n"), .close], errorClass: .protocol),
        Case(description: "HTTP/0.9", actions: [.send("<html>hello</html>"), .close], errorClass: .protocol),
        Case(description: "another protocol", actions: [.send("SSH-2.0-x\r\n")], errorClass: .protocol),
        Case(description: "no version", actions: [.send("HTTP 200 OK\r\n\r\n"), .close], errorClass: .protocol),
        Case(description: "HTTP/3.7", actions: [.send("HTTP/3.7 200 OK\r\n\r\n"), .close], errorClass: .protocol),
        Case(description: "status of two digits", actions: [.send("HTTP/1.1 20 OK\r\n\r\n"), .close], errorClass: .protocol),
        Case(description: "status 099", actions: [.send("HTTP/1.1 099 OK\r\n\r\n"), .close], errorClass: .protocol),
        Case(description: "101", actions: [.send("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")], errorClass: .protocol),
        Case(description: "no colon", actions: [.send("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), .close], errorClass: .protocol, status: 200),
        Case(description: "space in a name", actions: [.send("HTTP/1.1 200 OK\r\nA B: 1\r\n\r\n"), .close], errorClass: .protocol, status: 200),
        Case(description: "zero byte", actions: [.send("HTTP/1.1 200 OK\r\nA: \u{0}\r\n\r\n"), .close], errorClass: .protocol, status: 200),
        Case(
            description: "two lengths", actions: [.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")],
            errorClass: .protocol, status: 200),
        Case(description: "negative length", actions: [.send("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")], errorClass: .protocol, status: 200),
        Case(
            description: "length beyond counting", actions: [.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n")],
            errorClass: .protocol, status: 200),
        Case(
            description: "too many fields",
            actions: [.send("HTTP/1.1 200 OK\r\n" + String(repeating: "A: 1\r\n", count: 300) + "\r\n")], errorClass: .protocol, status: 200),
        Case(
            description: "too large a head",
            actions: [.send("HTTP/1.1 200 OK\r\n" + String(repeating: "A: \(String(repeating: "x", count: 8000))\r\n", count: 40) + "\r\n")],
            errorClass: .protocol, status: 200),
        Case(
            description: "interim heads without end",
            actions: [.send(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000))], errorClass: .protocol),
        Case(
            description: "a field without end", actions: [.send("HTTP/1.1 200 OK\r\nA: "), .sendMany(4 * 1024 * 1024)], errorClass: .protocol,
            status: 200),
    ]

    @Test(arguments: cases) func hasItsClass(_ expected: Case) async throws {
        let server = try await ScriptedServer { _ in expected.actions }
        try await onStage(server) { stage async throws in
            for wantsAnswer in [true, false] {
                let story = try await stage.call(wantsAnswer: wantsAnswer)
                let outcome = try #require(story.outcome)
                #expect(outcome.errorClass == expected.errorClass, "\(outcome.detail)")
                #expect(outcome.status == expected.status)
                #expect(!outcome.detail.isEmpty)
                #expect(outcome.responseBodyBytes == expected.body.utf8.count)
                #expect(story.text == (wantsAnswer ? expected.body : ""))
                #expect(story.ends == 1)
            }
            #expect(stage.inFlight == 0)
        }
    }

    /// The TLS in front of a server listens still when the server is gone.
    @Test(.enabled(if: !Stage.isSecure)) func refusedConnection() async throws {
        let server = try await ScriptedServer { _ in [] }
        await server.stop()
        try await onStage(server) { stage async throws in
            let outcome = try #require(try await stage.call().outcome)
            #expect(outcome.errorClass == .connectRefused)
            #expect(outcome.detail.contains("refused"))
            #expect(outcome.peerAddress == nil && outcome.protocolVersion == nil && outcome.status == nil)
            #expect(stage.connections == 0)
        }
    }

    @Test func unknownName() async throws {
        // A label longer than names may have is refused without asking anybody.
        let server = try await ScriptedServer { _ in [] }
        try await onStage(server, { $0.url.host = String(repeating: "a", count: 70) + ".test" }) { stage async throws in
            let outcome = try #require(try await stage.call().outcome)
            #expect(outcome.errorClass == .dns)
            #expect(outcome.peerAddress == nil)
        }
    }

    @Test(.enabled(if: !Stage.isSecure)) func plainTextWhereTLSIsDue() async throws {
        let server = try await ScriptedServer(greeting: [.send("HTTP/1.1 400 Bad\r\n\r\n"), .close]) { _ in [] }
        try await onStage(server, { $0.url.scheme = "https" }) { stage async throws in
            let outcome = try #require(try await stage.call().outcome)
            #expect(outcome.errorClass == .tls)
            #expect(!outcome.certificateRejected)
            #expect(!outcome.detail.isEmpty)
        }
    }

    /// The kept connection dies between two requests: the second is seen once or not at all.
    @Test(arguments: [false, true]) func requestIsNeverRepeated(resets: Bool) async throws {
        let server = try await ScriptedServer { request in
            request.number == 0 ? [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] : [resets ? .reset : .close]
        }
        try await onStage(server) { stage async throws in
            #expect(try await stage.send("POST", "one").outcome?.status == 200)
            let outcome = try #require(try await stage.send("POST", "two").outcome)
            #expect(outcome.errorClass == .reset)
            #expect(outcome.status == nil)
            #expect(outcome.reusedConnection)
            #expect(server.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["one", "two"])
            // The next one gets a connection of its own.
            #expect(try await stage.send("POST", "three").outcome?.status == 200)
            #expect(server.requests.count == 3)
        }
    }

    /// The same where the body is streamed and has gone out in part.
    @Test func streamedRequestIsNeverRepeated() async throws {
        let server = try await ScriptedServer { request in
            request.number == 0 ? [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] : [.close]
        }
        try await onStage(server) { stage async throws in
            let text = String(repeating: "x", count: 100_000)
            #expect(try await stage.send("POST", text).outcome?.status == 200)
            #expect(try await stage.send("POST", text).outcome?.errorClass == .reset)
            #expect(server.requests.count == 2)
        }
    }
}
