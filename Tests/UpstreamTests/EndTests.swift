import Exchange
import NIOCore
import NIOPosix
import Testing

@testable import Upstream

/// Every attempt ends once, whenever it is cancelled and whatever is going on at shutdown.
@Suite struct EndTests {
    private static let slow: [Action] = [
        .send("HTTP/1.1 100 Continue\r\n\r\n"), .pause(.milliseconds(30)), .send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"),
        .pause(.seconds(30)),
    ]

    @Test func cancelledBeforeTheStart() async throws {
        let server = try await ScriptedServer { _ in Self.slow }
        try await onStage(server) { stage async throws in
            for _ in 0..<100 {
                let sink = Recorder()
                stage.start(sink: sink).cancel()
                #expect(try await sink.ended().outcome?.errorClass == .cancelled)
            }
            #expect(stage.inFlight == 0)
        }
    }

    @Test func cancelledWhileConnecting() async throws {
        let listener = try FullListener()
        let stage = try Stage(port: listener.port)
        let sink = Recorder()
        let attempt = stage.start(sink: sink)
        try await eventually { stage.connections == 1 }
        attempt.cancel()
        #expect(try await sink.ended().outcome?.errorClass == .cancelled)
        // The outcome is told at once, on the loop; the thread that connects closes after it.
        try await eventually { stage.connections == 0 }
        await stage.client.shutdown()
        listener.close()
    }

    @Test func cancelledWhileWaitingForTheAnswer() async throws {
        let server = try await ScriptedServer { _ in [] }
        try await onStage(server) { stage async throws in
            let sink = Recorder()
            let attempt = stage.start(sink: sink)
            try await server.wait { $0.requests == 1 }
            attempt.cancel()
            let outcome = try #require(try await sink.ended().outcome)
            #expect(outcome.errorClass == .cancelled && outcome.status == nil)
            // The upstream sees it: the connection is gone.
            try await server.wait { $0.open == 0 }
        }
    }

    @Test func cancelledInTheAnswer() async throws {
        let server = try await ScriptedServer { _ in Self.slow }
        try await onStage(server) { stage async throws in
            let interim = Recorder()
            let first = stage.start(sink: interim)
            _ = try await interim.story { !$0.interim.isEmpty }
            first.cancel()
            #expect(try await interim.ended().outcome?.errorClass == .cancelled)

            let body = Recorder()
            let second = stage.start(sink: body)
            _ = try await body.story { $0.bodyBytes == 4 }
            second.cancel()
            second.cancel()
            let outcome = try #require(try await body.ended().outcome)
            #expect(outcome.errorClass == .cancelled && outcome.status == 200)
            #expect(stage.inFlight == 0)
        }
    }

    @Test func cancelledWhileHeld() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"), .sendMany(9_000_000)] }
        try await onStage(server) { stage async throws in
            let answer = Recorder(consumes: false, keeps: false)
            let first = stage.start(sink: answer)
            _ = try await answer.story { $0.bodyBytes > 256 * 1024 }
            first.cancel()
            first.consumed(9_000_000)
            #expect(try await answer.ended().outcome?.errorClass == .cancelled)

            let body = RequestBody(keep: 10, window: 10)
            let request = Recorder()
            let second = stage.start("POST", body: body, length: .unknown, sink: request)
            try await server.wait { $0.connections == 2 }
            second.cancel()
            body.finish()
            #expect(try await request.ended().outcome?.errorClass == .cancelled)
            #expect(stage.inFlight == 0)
        }
    }

    @Test func cancelAfterTheEndIsNothing() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 204 X\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            let sink = Recorder()
            let attempt = stage.start(sink: sink)
            _ = try await sink.ended()
            attempt.cancel()
            attempt.consumed(10)
            _ = try await stage.call()
            #expect(sink.story.ends == 1 && sink.story.outcome?.errorClass == nil && !sink.story.isDisorderly)
        }
    }

    @Test func shutdownEndsEverythingOnce() async throws {
        let server = try await ScriptedServer { _ in [] }
        let stage = try Stage(port: server.port) { settings in
            settings.inFlight = 2000
            settings.connections = 500
        }
        let sinks = (0..<2000).map { _ in Recorder() }
        for sink in sinks { _ = stage.start(sink: sink) }
        try await server.wait { $0.requests == 500 }
        #expect(stage.inFlight == 2000)
        #expect(stage.connections == 500)
        await stage.client.shutdown()
        for sink in sinks {
            let story = try await sink.ended()
            #expect(story.outcome?.errorClass == .cancelled)
            #expect(story.ends == 1 && !story.isDisorderly)
        }
        #expect(stage.inFlight == 0)
        #expect(stage.connections == 0)
        try await server.wait { $0.open == 0 }
        #expect(server.requests.count == 500)
        await server.stop()
    }

    @Test func nothingStartsAfterShutdown() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 204 X\r\n\r\n")] }
        let stage = try Stage(port: server.port)
        await stage.client.shutdown()
        await stage.client.shutdown()
        #expect(try await stage.call().outcome?.errorClass == .cancelled)
        #expect(stage.inFlight == 0)
        #expect(server.connections == 0)
        await server.stop()
    }

    /// Carriers and connections hold what holds them: it is closing that lets go of all.
    @Test func nothingIsKeptAfterTheEnd() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        func usedStation() async throws -> WeakStation {
            let stage = try Stage(port: server.port)
            #expect(try await stage.call().outcome?.status == 200)
            let station = WeakStation(stage.client.stations.first)
            #expect(station.value != nil)
            await stage.client.shutdown()
            return station
        }
        let station = try await usedStation()
        try await eventually { station.value == nil }
        await server.stop()
    }

    private struct WeakStation {
        weak var value: Station?

        init(_ value: Station?) { self.value = value }
    }

    /// Attempts started and cancelled from several loops at once, half of them in the middle of something.
    @Test func manyAtOnce() async throws {
        let server = try await ScriptedServer { request in
            request.requestLine.contains("slow") ? [.pause(.milliseconds(5)), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
                : [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
        }
        try await onStage(server, { $0.connections = 32 }) { stage async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<100 {
                            let sink = Recorder()
                            let attempt = stage.start("POST", number % 3 == 0 ? "/slow" : "/", body: .whole("x"), length: .sized(1), sink: sink)
                            if (number + task) % 4 == 0 { attempt.cancel() }
                            let story = try await sink.ended()
                            #expect(story.outcome?.errorClass == nil || story.outcome?.errorClass == .cancelled)
                            #expect(story.ends == 1 && !story.isDisorderly)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(stage.inFlight == 0)
            #expect(server.mostOpen <= 32)
        }
    }
}

/// Looks again and again until it is so, but not for ever: for what nothing tells of.
func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<2000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw OutOfTime()
}
