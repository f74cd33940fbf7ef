import Exchange
import NIOCore
import Testing

@testable import Upstream

@Suite struct ConnectionTests {
    private static let ok = Action.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    @Test func isKeptAndUsedAgain() async throws {
        let server = try await ScriptedServer { _ in [Self.ok] }
        try await onStage(server) { stage async throws in
            for number in 0..<5 {
                let outcome = try #require(try await stage.call().outcome)
                #expect(outcome.reusedConnection == (number > 0))
            }
            #expect(server.connections == 1)
            #expect(stage.connections == 1)
            #expect(stage.inFlight == 0)
        }
    }

    @Test func isNotKeptWhereTheUpstreamSaysSo() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), .close] }
        try await onStage(server) { stage async throws in
            for _ in 0..<3 { #expect(try await stage.call().outcome?.reusedConnection == false) }
            #expect(server.connections == 3)
        }
    }

    /// A server that closes what is idle: no request is lost to it once the close has arrived.
    @Test func idleOneThatTheUpstreamClosedIsNotUsed() async throws {
        let server = try await ScriptedServer { _ in [Self.ok] }
        try await onStage(server) { stage async throws in
            for _ in 0..<10 {
                #expect(try await stage.send("POST", "x").outcome?.status == 200)
                await server.closeConnections()
                try await server.wait { $0.open == 0 }
                // The TLS in front of the server closes later than it does.
                if Stage.isSecure, !Stage.isWhollyCurl { try await eventually { stage.connections == 0 } }
            }
            #expect(server.requests.count == 10)
            #expect(server.connections == 10)
        }
    }

    /// Bytes that answer nothing must not become the answer of the next request.
    @Test(.enabled(if: !Stage.isWhollyCurl)) func unsolicitedBytesEndIt() async throws {
        let server = try await ScriptedServer { request in
            request.connection == 0 ? [.send("HTTP/1.1 204 No\r\n\r\n")] : [Self.ok]
        }
        try await onStage(server) { stage async throws in
            #expect(try await stage.call().outcome?.status == 204)
            try await server.sendOnAll("HTTP/1.1 500 Poison\r\nContent-Length: 3\r\n\r\nbad")
            // The upstream side ends the connection as soon as it sees them.
            try await server.wait { $0.open == 0 }
            let story = try await stage.call()
            #expect(story.head?.status == 200)
            #expect(story.text == "ok")
            #expect(server.connections == 2)
        }
    }

    @Test func excessBehindALengthEndsIt() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Poison\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            for _ in 0..<2 {
                let story = try await stage.call()
                #expect(story.text == "ok")
                #expect(story.outcome?.errorClass == nil)
            }
            #expect(server.connections == 2)
        }
    }

    @Test func areBounded() async throws {
        let server = try await ScriptedServer { _ in [.pause(.milliseconds(20)), Self.ok] }
        try await onStage(server, { $0.connections = 3 }) { stage async throws in
            let sinks = (0..<30).map { _ in Recorder() }
            for sink in sinks { _ = stage.start(sink: sink) }
            for sink in sinks { #expect(try await sink.ended().outcome?.status == 200) }
            #expect(server.mostOpen == 3)
            #expect(server.connections == 3)
            #expect(stage.connections == 3)
        }
    }

    @Test func attemptsAreBounded() async throws {
        let server = try await ScriptedServer { _ in [] }
        try await onStage(server, { $0.inFlight = 2 }) { stage async throws in
            let sinks = (0..<3).map { _ in Recorder() }
            let attempts = sinks.map { stage.startIfRoom(sink: $0) }
            #expect(attempts[2] == nil)
            #expect(stage.inFlight == 2)
            attempts[0]?.cancel()
            #expect(try await sinks[0].ended().outcome?.errorClass == .cancelled)
            #expect(stage.inFlight == 1)
            attempts[1]?.cancel()
            _ = try await sinks[1].ended()
            #expect(stage.inFlight == 0)
        }
    }

    @Test func headWithABodyEndsWithItsHead() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            for _ in 0..<2 {
                let story = try await stage.send("HEAD", "xyz")
                #expect(story.outcome?.errorClass == nil)
                #expect(story.head?.status == 200 && story.head?.bodyLength == BodyLength.none)
            }
        }
    }

    /// An HTTP/1.0 upstream in between does not spoil chunked requests to come.
    @Test func oldAnswersAreForgotten() async throws {
        let server = try await ScriptedServer { request in
            request.connection == 0 ? [.send("HTTP/1.0 200 OK\r\n\r\n"), .close] : [Self.ok]
        }
        try await onStage(server) { stage async throws in
            #expect(try await stage.call().outcome?.status == 200)
            #expect(try await stage.call("PUT", body: .whole("x"), length: .unknown).outcome?.status == 200)
        }
    }

    @Test func upstreamsDoNotShareFate() async throws {
        let good = try await ScriptedServer { _ in [Self.ok] }
        let bad = try await ScriptedServer { _ in [] }
        let settings = [good, bad].map { server in
            var settings = Stage.settings(port: server.port)
            settings.connections = 2
            return settings
        }
        let loop = Recorder.anyLoop
        let client = try UpstreamClient(settings, on: [loop])
        func start(_ index: Int, _ sink: Recorder) {
            let request = AttemptRequest(
                upstream: UpstreamID(index), method: "GET", target: "/", headers: ["Host": "x"], body: nil, bodyLength: .none, readsAsPrimary: true,
                wantsAnswer: true)
            _ = client.start(request, sink: sink, on: loop)
        }
        let stuck = (0..<10).map { _ in Recorder() }
        for sink in stuck { start(1, sink) }
        for _ in 0..<20 {
            let sink = Recorder()
            start(0, sink)
            #expect(try await sink.ended().outcome?.status == 200)
        }
        #expect(client.inFlight(of: UpstreamID(1)) == 10)
        #expect(client.inFlight(of: UpstreamID(0)) == 0)
        await client.shutdown()
        for sink in stuck { #expect(try await sink.ended().outcome?.errorClass == .cancelled) }
        await good.stop()
        await bad.stop()
    }
}
