import Exchange
import NIOCore
import NIOPosix
import Testing

@testable import Upstream

/// Calls without TLS run on the event loop that has made them; the connections of an upstream are one number for all loops.
@Suite(.enabled(if: !Stage.isWhollyCurl && !Stage.isSecure)) struct LoopsTests {
    private static let ok = Action.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    /// A client on two event loops.
    private struct Pair {
        let client: UpstreamClient
        let loops: [any EventLoop]

        init(_ server: ScriptedServer, connections: Int) throws {
            loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator().prefix(2))
            var settings = UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "127.0.0.1", port: server.port, pathPrefix: ""))
            settings.connections = connections
            settings.timeouts.connect = .seconds(60)
            settings.timeouts.firstByte = .seconds(60)
            settings.timeouts.total = .seconds(60)
            client = try UpstreamClient([settings], on: loops)
        }

        func start(_ target: String, on loop: any EventLoop) -> Recorder {
            let sink = Recorder()
            _ = start(target, on: loop, sink: sink)
            return sink
        }

        func start(_ target: String, on loop: any EventLoop, sink: Recorder, isUrgent: Bool = true) -> Attempt? {
            let request = AttemptRequest(
                upstream: UpstreamID(0), method: "GET", target: target, headers: ["Host": "x"], body: nil, bodyLength: .none,
                readsAsPrimary: true, wantsAnswer: true, isUrgent: isUrgent)
            return client.start(request, sink: sink, on: loop)
        }
    }

    /// Two loops are what these tests are about.
    private static let hasTwo = Array(MultiThreadedEventLoopGroup.singleton.makeIterator()).count > 1

    @Test(.enabled(if: hasTwo)) func anIdleConnectionIsGivenAway() async throws {
        let server = try await ScriptedServer { _ in [Self.ok] }
        let pair = try Pair(server, connections: 1)
        for turn in 0..<6 {
            let story = try await pair.start("/\(turn)", on: pair.loops[turn % 2]).ended()
            #expect(story.outcome?.status == 200)
        }
        #expect(server.connections == 6)
        #expect(pair.client.connections(of: UpstreamID(0)) == 1)
        await pair.client.shutdown()
        #expect(pair.client.connections(of: UpstreamID(0)) == 0)
        await server.stop()
    }

    /// A loop whose calls never cease to wait lets those of another have their turn.
    @Test(.enabled(if: hasTwo)) func nobodyWaitsInVain() async throws {
        let server = try await ScriptedServer { $0.connection == 0 && $0.number == 0 ? [] : [Self.ok] }
        let pair = try Pair(server, connections: 1)
        let many = (0..<400).map { _ in pair.start("/many", on: pair.loops[0]) }
        try await server.wait { $0.requests > 0 }
        let one = pair.start("/one", on: pair.loops[1])
        // It waits when what was asked for, and the round after that, have been run.
        for _ in 0..<2 { try await pair.loops[1].submit {}.get() }
        try await server.sendOnAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try await one.ended().outcome?.status == 200)
        for sink in many { #expect(try await sink.ended().outcome?.status == 200) }
        let place = try #require(server.requests.firstIndex { $0.requestLine.contains("/one") })
        #expect(place <= Wires.turnsInARow, "it waited for more turns than were due")
        #expect(server.requests.count == 401)
        await pair.client.shutdown()
        await server.stop()
    }

    @Test(.enabled(if: hasTwo)) func theBoundHoldsForAllLoops() async throws {
        let server = try await ScriptedServer { _ in [.pause(.milliseconds(1)), Self.ok] }
        let pair = try Pair(server, connections: 3)
        let sinks = (0..<300).map { pair.start("/\($0)", on: pair.loops[$0 % 2]) }
        for sink in sinks {
            #expect(try await sink.ended().outcome?.status == 200)
            #expect(pair.client.connections(of: UpstreamID(0)) <= 3)
        }
        #expect(pair.client.inFlight(of: UpstreamID(0)) == 0)
        await pair.client.shutdown()
        await server.stop()
    }

    /// The first of them that come at once is already on its way when the second shows that they do.
    @Test func whatSomebodyWaitsForIsBegunAtOnceWhereCallsComeOneByOne() async throws {
        let server = try await ScriptedServer { _ in [Self.ok] }
        let pair = try Pair(server, connections: 10)
        let loop = pair.loops[0]
        /// Starts calls within one turn of the loop and tells of each whether it was begun then; returns when all are over.
        func begin(_ calls: [(target: String, isUrgent: Bool)]) async throws -> [Bool] {
            let sinks = calls.map { _ in Recorder() }
            let areBegun = try await loop.submit {
                zip(calls, sinks).map { call, sink in
                    pair.start(call.target, on: loop, sink: sink, isUrgent: call.isUrgent)?.carrier != nil
                }
            }.get()
            for sink in sinks { #expect(try await sink.ended().outcome?.status == 200) }
            return areBegun
        }
        #expect(try await begin([("/1", true)]) == [true])
        #expect(try await begin([("/2", true), ("/mirror", false)]) == [true, false])
        #expect(try await begin([("/3", true), ("/4", true), ("/5", true)]) == [true, false, false])
        #expect(try await begin([("/6", true)]) == [false], "the last ones came at once")
        #expect(try await begin([("/7", true)]) == [true])
        #expect(try await begin([("/mirror", false)]) == [false])
        #expect(try await begin([("/mirror", false), ("/8", true)]) == [false, false], "something was begun before")
        await pair.client.shutdown()
        await server.stop()
    }

    /// On a loop that was not named there is no station: libcurl carries the call.
    @Test func anyOtherLoopIsServedToo() async throws {
        let server = try await ScriptedServer { _ in [Self.ok] }
        let other = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pair = try Pair(server, connections: 3)
        #expect(try await pair.start("/", on: other.next()).ended().text == "ok")
        await pair.client.shutdown()
        await server.stop()
        try await other.shutdownGracefully()
    }

    @Test func afterTheEndThereIsNoMore() async throws {
        let server = try await ScriptedServer { _ in [] }
        let pair = try Pair(server, connections: 1)
        let running = (0..<3).map { _ in pair.start("/", on: pair.loops[0]) }
        try await server.wait { $0.requests == 1 }
        await pair.client.shutdown()
        for sink in running + [pair.start("/", on: pair.loops[0])] {
            #expect(try await sink.ended().outcome?.errorClass == .cancelled)
        }
        try await server.wait { $0.open == 0 }
        #expect(pair.client.inFlight(of: UpstreamID(0)) == 0)
        await server.stop()
    }

    /// What the upstream said before it closed is not lost to a sink that was slow.
    @Test func aHeldAnswerOutlivesItsConnection() async throws {
        let size = 3 * 1024 * 1024
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\n\r\n"), .sendMany(size), .close] }
        let pair = try Pair(server, connections: 1)
        let sink = Recorder(consumes: false, keeps: false)
        let attempt = try #require(pair.start("/", on: pair.loops[0], sink: sink))
        var passed = 0
        while passed < size {
            let seen = passed
            let story = try await sink.story { $0.bodyBytes > seen || $0.outcome != nil }
            attempt.consumed(story.bodyBytes - passed)
            passed = story.bodyBytes
            if story.outcome != nil { break }
        }
        let story = try await sink.ended()
        #expect(story.bodyBytes == size)
        #expect(story.outcome?.errorClass == nil)
        await pair.client.shutdown()
        await server.stop()
    }
}
