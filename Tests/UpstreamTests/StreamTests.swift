import Exchange
import NIOCore
import Synchronization
import Testing

@testable import Upstream

/// Long bodies, slow readers, early answers.
@Suite struct StreamTests {
    private static let long = 10 * 1024 * 1024

    @Test(arguments: [true, false]) func longAnswer(isChunked: Bool) async throws {
        let size = Self.long
        let server = try await ScriptedServer { _ in
            isChunked
                ? [
                    .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n"), .sendMany(size),
                    .send("\r\n0\r\n\r\n"),
                ] : [.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendMany(size)]
        }
        try await onStage(server) { stage async throws in
            let sink = Recorder(keeps: false)
            let attempt = stage.start(sink: sink)
            let story = try await sink.ended()
            #expect(story.bodyBytes == size)
            #expect(story.outcome?.responseBodyBytes == size)
            #expect(story.outcome?.errorClass == nil)
            _ = attempt
        }
    }

    /// A sink that takes nothing is given no more than the bound, and everything once it takes again.
    @Test func answerWaitsForItsSink() async throws {
        let size = Self.long
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendMany(size)] }
        try await onStage(server) { stage async throws in
            let bound = Attempt.highWater + ReadMemory.size
            let sink = Recorder(consumes: false, keeps: false)
            let attempt = stage.start(sink: sink)
            var consumed = 0
            while consumed < size {
                let most = consumed + Attempt.highWater
                let story = try await sink.story { $0.bodyBytes > most || $0.bodyBytes == size }
                // Another attempt goes all the way through in between: what was held had its chance to overrun.
                _ = try await stage.call("HEAD", wantsAnswer: false)
                #expect(sink.story.bodyBytes - consumed <= bound)
                attempt.consumed(story.bodyBytes - consumed)
                consumed = story.bodyBytes
            }
            let story = try await sink.ended()
            #expect(story.bodyBytes == size && story.outcome?.errorClass == nil)
        }
    }

    @Test func unwantedAnswerIsNeverHeld() async throws {
        let size = Self.long
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendMany(size)] }
        try await onStage(server) { stage async throws in
            #expect(try await stage.call(wantsAnswer: false).outcome?.responseBodyBytes == size)
        }
    }

    /// The body comes as fast as the upstream takes it: `RequestBody` bounds what waits in between.
    @Test(arguments: [BodyLength.unknown, .sized(long)]) func longRequest(length: BodyLength) async throws {
        let size = Self.long
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            let space = Space()
            let body = RequestBody(keep: 64 * 1024, window: 128 * 1024)
            let sink = Recorder()
            let attempt = stage.start("POST", body: body, length: length, sink: sink)
            let part = ByteBuffer(repeating: 0x62, count: 32 * 1024)
            for _ in 0..<size / part.readableBytes where !body.append(part) {
                body.whenSpace { space.signal() }
                try await space.wait()
            }
            body.finish()
            let story = try await sink.ended()
            #expect(story.outcome?.errorClass == nil)
            #expect(story.outcome?.requestBodyBytes == size)
            #expect(!body.isWhole)
            let received = try #require(server.requests.first).body
            #expect(received.count(where: { $0 == 0x62 }) >= size)
            _ = attempt
        }
    }

    /// An upstream that reads nothing stops the body: the writer is told to wait.
    @Test func requestWaitsForItsUpstream() async throws {
        let server = try await ScriptedServer(reads: false) { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            let space = Space()
            let body = RequestBody(keep: 1024, window: 128 * 1024)
            let sink = Recorder()
            let attempt = stage.start("POST", body: body, length: .unknown, sink: sink)
            let part = ByteBuffer(repeating: 0x62, count: 64 * 1024)
            var sent = 0
            // Sockets hold some megabytes; beyond, nothing moves until the server reads.
            while sent < 64 * 1024 * 1024 {
                sent += part.readableBytes
                guard !body.append(part) else { continue }
                body.whenSpace { space.signal() }
                if try await !space.wait(atMost: .milliseconds(300)) { break }
            }
            #expect(sent < 64 * 1024 * 1024)
            body.finish()
            try await server.readOn()
            #expect(try await sink.ended().outcome?.requestBodyBytes == sent)
            _ = attempt
        }
    }

    /// The body arrives part by part while the attempt runs.
    @Test func requestGoesOnWhenMoreComes() async throws {
        let server = try await ScriptedServer(trigger: .wholeRequest) { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            for length in [BodyLength.unknown, .sized(300)] {
                let body = RequestBody(keep: 1024, window: 1024)
                let sink = Recorder()
                let attempt = stage.start("POST", body: body, length: length, sink: sink)
                for number in 0..<100 {
                    _ = body.append(ByteBuffer(string: "\(number % 10)ab"))
                    if number % 10 == 0 { try await Task.sleep(for: .milliseconds(1)) }
                }
                body.finish()
                let story = try await sink.ended()
                #expect(story.outcome?.errorClass == nil, "\(story.outcome?.detail ?? "")")
                #expect(story.outcome?.requestBodyBytes == 300)
                _ = attempt
            }
        }
    }

    @Test func bodyThatBreaksOffCancels() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            for length in [BodyLength.unknown, .sized(300)] {
                for ends in [true, false] where !(ends && length == .unknown) {
                    let body = RequestBody(keep: 1024, window: 1024)
                    let sink = Recorder()
                    let attempt = stage.start("POST", body: body, length: length, sink: sink)
                    _ = body.append(ByteBuffer(string: "part"))
                    ends ? body.finish() : body.abort()
                    let story = try await sink.ended()
                    #expect(story.outcome?.errorClass == .cancelled)
                    _ = attempt
                }
            }
            #expect(server.requests.isEmpty)
        }
    }

    /// The upstream refuses the body before it has come: its answer gets through, whether the body waits or flows.
    @Test(arguments: [true, false], [true, false]) func earlyAnswerGetsThrough(waits: Bool, closes: Bool) async throws {
        let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge"
        let server = try await ScriptedServer(trigger: .head) { _ in [.send(answer)] + (closes ? [.pause(.milliseconds(50)), .close] : []) }
        try await onStage(server) { stage async throws in
            let body = RequestBody(keep: 1024, window: Int.max)
            let sink = Recorder()
            _ = body.append(ByteBuffer(repeating: 0x61, count: 1000))
            let attempt = stage.start("POST", body: body, length: .sized(64 * 1024 * 1024), sink: sink)
            if !waits { _ = body.append(ByteBuffer(repeating: 0x61, count: 48 * 1024 * 1024)) }
            let story = try await sink.ended()
            #expect(story.head?.status == 413)
            #expect(story.text == "large")
            #expect(story.outcome?.errorClass == .http4xx)
            _ = attempt
        }
    }

    /// A mirror reads what the primary has read before, as long as it is kept.
    @Test func bodyIsSharedAsLongAsItIsWhole() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            for (keep, errorClass) in [(100_000, nil), (1000, ErrorClass.cancelled)] as [(Int, ErrorClass?)] {
                let body = RequestBody(keep: keep, window: 1_000_000)
                _ = body.append(ByteBuffer(repeating: 0x61, count: 30_000))
                _ = body.append(ByteBuffer(repeating: 0x62, count: 30_000))
                body.finish()
                #expect(try await stage.call("POST", body: body, length: .sized(60_000)).outcome?.errorClass == nil)
                let sink = Recorder()
                let mirror = stage.start("POST", body: body, length: .sized(60_000), asPrimary: false, wantsAnswer: false, sink: sink)
                #expect(try await sink.ended().outcome?.errorClass == errorClass)
                _ = mirror
            }
        }
    }
}

/// Tells a writer that there is space again.
final class Space: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func signal() { continuation.yield() }

    func wait() async throws {
        guard try await wait(atMost: .seconds(20)) else { throw OutOfTime() }
    }

    /// - Returns: false where the time was over first.
    func wait(atMost limit: Duration) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { for await _ in self.stream { return true }; return false }
            group.addTask { try await Task.sleep(for: limit); return false }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
