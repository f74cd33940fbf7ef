import Exchange
import NIOCore
import Testing
import Upstream

/// Each test sets the one time short that it means to see, and the others far beyond its own patience.
@Suite struct TimeoutTests {
    private static func times(connect: Duration = .seconds(60), firstByte: Duration = .seconds(60), total: Duration = .seconds(60)) -> UpstreamSettings.Timeouts {
        var times = UpstreamSettings.Timeouts()
        times.connect = connect
        times.firstByte = firstByte
        times.total = total
        return times
    }

    @Test func noAnswer() async throws {
        let server = try await ScriptedServer { _ in [] }
        try await onStage(server, { $0.timeouts = Self.times(firstByte: .milliseconds(100)) }) { stage async throws in
            for text in ["", "body"] {
                let outcome = try #require(try await stage.send("POST", text).outcome)
                #expect(outcome.errorClass == .firstByteTimeout)
                #expect(outcome.detail.contains("0.1 seconds"))
                #expect(outcome.status == nil && outcome.firstByteAt == nil)
                #expect(outcome.endedAt.nanoseconds(since: outcome.startedAt) >= 100_000_000)
                #expect(outcome.requestBodyBytes == text.utf8.count)
            }
            #expect(stage.inFlight == 0)
            #expect(stage.connections == 0)
        }
    }

    @Test func interimHeadIsNoAnswer() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 102 Processing\r\n\r\n")] }
        try await onStage(server, { $0.timeouts = Self.times(firstByte: .seconds(3)) }) { stage async throws in
            let story = try await stage.call()
            #expect(story.interim.map(\.status) == [102])
            #expect(story.outcome?.errorClass == .firstByteTimeout)
        }
    }

    @Test func answerThatTrickles() async throws {
        let trickle: [Action] = (0..<1000).flatMap { _ in [Action.send("x"), .pause(.milliseconds(10))] }
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")] + trickle }
        try await onStage(server, { $0.timeouts = Self.times(firstByte: .seconds(30), total: .seconds(4)) }) { stage async throws in
            let story = try await stage.call()
            #expect(story.outcome?.errorClass == .totalTimeout)
            #expect(story.outcome?.status == 200)
            #expect(story.bodyBytes > 0)
            #expect(story.outcome?.responseBodyBytes == story.bodyBytes)
        }
    }

    /// The time to the first byte begins when the body has gone out.
    @Test func bodyThatIsStillComingHoldsOffTheFirstByte() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        try await onStage(server, { $0.timeouts = Self.times(firstByte: .seconds(2)) }) { stage async throws in
            let body = RequestBody(keep: 1024, window: 1024)
            let sink = Recorder()
            let attempt = stage.start("POST", body: body, length: .unknown, sink: sink)
            for _ in 0..<10 {
                try await Task.sleep(for: .milliseconds(250))
                _ = body.append(ByteBuffer(string: "part"))
            }
            body.finish()
            #expect(try await sink.ended().outcome?.errorClass == nil)
            _ = attempt
        }
    }

    @Test func bodyThatHasGoneOutDoesNot() async throws {
        let server = try await ScriptedServer { _ in [] }
        try await onStage(server, { $0.timeouts = Self.times(firstByte: .milliseconds(100)) }) { stage async throws in
            for length in [BodyLength.unknown, .sized(100_000)] {
                let body = RequestBody.whole(ByteBuffer(repeating: 0x61, count: 100_000))
                let outcome = try #require(try await stage.call("POST", body: body, length: length).outcome)
                #expect(outcome.errorClass == .firstByteTimeout)
                #expect(outcome.requestBodyBytes == 100_000)
            }
        }
    }

    @Test func unreachable() async throws {
        let listener = try FullListener()
        let stage = try Stage(port: listener.port) { $0.timeouts = Self.times(connect: .milliseconds(150)) }
        let outcome = try #require(try await stage.call().outcome)
        #expect(outcome.errorClass == .connectTimeout)
        #expect(outcome.peerAddress == nil)
        try await eventually { stage.connections == 0 }
        await stage.client.shutdown()
        listener.close()
    }

    /// Waiting for one of the connections that are all in use is not the upstream's slowness to connect.
    @Test func waitingForAConnectionIsNotConnecting() async throws {
        let server = try await ScriptedServer { request in
            request.requestLine.contains("slow") ? [.pause(.seconds(4)), .send("HTTP/1.1 204 X\r\n\r\n")] : [.send("HTTP/1.1 204 X\r\n\r\n")]
        }
        try await onStage(server, { settings in
            settings.connections = 1
            settings.timeouts = Self.times(connect: .seconds(2))
        }) { stage async throws in
            let slow = Recorder()
            _ = stage.start("GET", "/slow", sink: slow)
            let waiting = try await stage.call()
            #expect(waiting.outcome?.errorClass == nil)
            #expect(try await slow.ended().outcome?.errorClass == nil)
            #expect(server.connections == 1)
        }
    }

    @Test func waitingForAConnectionCountsInTotal() async throws {
        let server = try await ScriptedServer { _ in [] }
        try await onStage(server, { settings in
            settings.connections = 1
            settings.timeouts = Self.times(total: .milliseconds(200))
        }) { stage async throws in
            let sinks = (0..<50).map { _ in Recorder() }
            // In one turn of the loop, so that their time is up together, whatever else the machine does.
            try await stage.eventLoop.submit { for sink in sinks { _ = stage.start(sink: sink) } }.get()
            var (connected, waited) = (0, 0)
            for sink in sinks {
                let outcome = try #require(try await sink.ended().outcome)
                #expect(outcome.endedAt.nanoseconds(since: outcome.startedAt) >= 200_000_000)
                // Those that waited never reached the upstream: our own bound stopped them.
                #expect(outcome.errorClass == (outcome.awaitedConnection ? .rateLimited : .totalTimeout))
                if outcome.awaitedConnection { waited += 1 } else { connected += 1 }
                #expect(stage.connections <= 1)
            }
            // The connection of the one that had it may pass to another whose time is not quite up.
            #expect(connected >= 1 && waited >= 1)
            #expect(server.connections <= connected)
        }
    }

    @Test func sinkThatTakesNothingDoesNotHoldOffTotal() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n"), .sendMany(4_194_304)] }
        try await onStage(server, { $0.timeouts = Self.times(total: .milliseconds(300)) }) { stage async throws in
            let sink = Recorder(consumes: false, keeps: false)
            let attempt = stage.start(sink: sink)
            let story = try await sink.ended()
            #expect(story.outcome?.errorClass == .totalTimeout)
            _ = attempt
        }
    }
}
