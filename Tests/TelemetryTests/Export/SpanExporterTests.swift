import Exchange
import Foundation
import Testing

@testable import Telemetry

@Suite("Spans to a real collector", .timeLimit(.minutes(2)))
struct SpanExporterTests {
    /// The paths of all spans in the collector's requests.
    private func paths(_ requests: [CollectedRequest]) throws -> [String] {
        try requests.flatMap { try $0.batch().spans }.compactMap {
            if case .string(let path)? = $0["url.path"] { path } else { nil }
        }
    }

    private func paths(_ numbers: Range<Int>) -> Set<String> { Set(numbers.map { "/\($0)" }) }

    @Test("A request as OTLP/HTTP wants it, compressed or not", arguments: [OTLPSettings.Compression.gzip, .none])
    func request(compression: OTLPSettings.Compression) async throws {
        let collector = try await ScriptedCollector([.answer(200, headers: ["Content-Type: application/json"], body: "{}")])
        let fixture = ExportFixture(collector.endpoint) {
            $0.compression = compression
            $0.headers = [("api-key", .literal("s3cret")), ("x-empty", .literal(""))]
        }
        fixture.offer(0..<3)
        fixture.exporter.offer(.attempt(SpanFixtures.attempt()))
        fixture.exporter.start()
        #expect(await fixture.settled(4))
        await fixture.exporter.shutdown(within: .seconds(10))
        let request = try #require(collector.requests.entries.first)
        #expect(request.requestLine == "POST /v1/traces HTTP/1.1")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["content-encoding"] == (compression == .gzip ? "gzip" : nil))
        #expect(request.headers["user-agent"] == "pantograph/1.2.3 OTel-OTLP-Exporter-Swift/1.2.3")
        #expect(request.headers["api-key"] == "s3cret")
        #expect(request.headers["x-empty"] == "")
        #expect(request.headers["expect"] == nil)
        #expect(try request.batch().spans.map(\.kind) == [2, 2, 2, 3])
        #expect(collector.requests.entries.count == 1)
        #expect(fixture.tally == ResultTally(4))
        #expect(fixture.lines.entries.isEmpty)
        try await collector.stop()
    }

    @Test("Batches of the size asked for, over one connection, each span once")
    func batches() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint) { $0.batch = 100 }
        fixture.offer(0..<1050)
        fixture.exporter.start()
        #expect(await fixture.settled(1050))
        await fixture.exporter.shutdown(within: .seconds(10))
        let requests = collector.requests.entries
        #expect(try requests.map { try $0.batch().spans.count } == Array(repeating: 100, count: 10) + [50])
        let paths = try paths(requests)
        #expect(paths.count == 1050 && Set(paths) == self.paths(0..<1050))
        #expect(collector.connections.entries.count == 1)
        #expect(fixture.tally == ResultTally(1050))
        try await collector.stop()
    }

    @Test("A full batch goes before the delay is over")
    func fullBatch() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint) { ($0.batch, $0.scheduleDelay) = (10, .seconds(3600)) }
        fixture.exporter.start()
        fixture.offer(0..<25)
        #expect(await fixture.settled(20))
        #expect(fixture.tally == ResultTally(20))
        // The rest goes at the end.
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(25))
        try await collector.stop()
    }

    @Test("Nothing to say, nothing sent")
    func idle() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint) { $0.scheduleDelay = .milliseconds(1) }
        fixture.exporter.start()
        fixture.offer(0..<1)
        #expect(await fixture.settled(1))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(collector.requests.entries.count == 1)
        try await collector.stop()
    }

    @Test("Accepted in part: the rest is exported, nothing is sent again, one warning")
    func partialSuccess() async throws {
        let body = "{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"too old\"}}"
        let collector = try await ScriptedCollector([.answer(200, body: body)])
        let fixture = ExportFixture(collector.endpoint) { $0.batch = 5 }
        fixture.offer(0..<10)
        fixture.exporter.start()
        #expect(await fixture.settled(10))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(6, rejected: 4))
        #expect(collector.requests.entries.count == 2)
        #expect(fixture.lines.entries.map(\.level) == [.warning])
        #expect(fixture.lines.entries.first?.metadata["detail"] == "too old")
        try await collector.stop()
    }

    @Test("429 with Retry-After, in seconds or as a date: the next try comes no earlier", arguments: [false, true])
    func retryAfter(asDate: Bool) async throws {
        let start = ContinuousClock.now
        let value = asDate ? httpDate(Date().addingTimeInterval(3)) : "1"
        let collector = try await ScriptedCollector([.answer(429, headers: ["Retry-After: \(value)"]), .answer(200)])
        let fixture = ExportFixture(collector.endpoint)
        fixture.offer(0..<3)
        fixture.exporter.start()
        #expect(await fixture.settled(3))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(3, failedTries: 1))
        let requests = collector.requests.entries
        #expect(requests.count == 2)
        let first = try #require(requests.first), second = try #require(requests.last)
        // A date has whole seconds, so that of three seconds more than one is left.
        #expect(second.at - (asDate ? start : first.at) >= .milliseconds(990))
        #expect(first.body == second.body)
        try await collector.stop()
    }

    private func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }

    @Test("What is not to be sent again is dropped and counted", arguments: [300, 302, 400, 401, 404, 413, 500, 501, 505])
    func refused(status: Int) async throws {
        let collector = try await ScriptedCollector([.answer(status, headers: ["Location: /elsewhere"]), .answer(200)])
        let fixture = ExportFixture(collector.endpoint) { $0.batch = 5 }
        fixture.offer(0..<10)
        fixture.exporter.start()
        #expect(await fixture.settled(10))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(5, dropped: 5, failedTries: 1))
        #expect(collector.requests.entries.count == 2)
        #expect(fixture.lines.entries.map(\.level) == [.warning, .info])
        #expect(fixture.lines.entries.last?.metadata["dropped"] == "5")
        try await collector.stop()
    }

    @Test("A collector that fails for a while: the same bytes again, all arrives, two lines in the log")
    func recovery() async throws {
        let collector = try await ScriptedCollector([.close, .answer(503), .answer(502), .answer(504), .answer(200)])
        let fixture = ExportFixture(collector.endpoint)
        fixture.offer(0..<7)
        fixture.exporter.start()
        #expect(await fixture.settled(7))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(7, failedTries: 4))
        let requests = collector.requests.entries
        #expect(requests.count == 5 && Set(requests.map(\.body)).count == 1)
        #expect(fixture.lines.entries.map(\.level) == [.warning, .info])
        #expect(fixture.lines.entries.first?.metadata["class"] == "reset")
        try await collector.stop()
    }

    @Test("A collector that hangs: each try ends at the timeout, and the next can succeed")
    func hang() async throws {
        let collector = try await ScriptedCollector([.hang, .answer(200)])
        let fixture = ExportFixture(collector.endpoint) { $0.timeout = .seconds(1) }
        fixture.offer(0..<2)
        fixture.exporter.start()
        #expect(await fixture.settled(2))
        await fixture.exporter.shutdown(within: .seconds(10))
        // On a busy machine the second may come too late as well.
        #expect(fixture.tally.exported == 2 && fixture.tally.failedTries >= 1)
        #expect(fixture.lines.entries.first?.metadata["class"] == "first_byte_timeout")
        try await collector.stop()
    }

    @Test("An answer without end is read to its bound and no further; what it said at first counts")
    func huge() async throws {
        let collector = try await ScriptedCollector([.huge(bytes: 6 << 20), .answer(200)])
        let fixture = ExportFixture(collector.endpoint)
        fixture.offer(0..<2)
        fixture.exporter.start()
        #expect(await fixture.settled(2))
        fixture.offer(2..<3)
        #expect(await fixture.settled(3))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(3))
        try await collector.stop()
    }

    @Test(
        "What is no HTTP, or a head without end, is dropped and breaks nothing",
        arguments: ["gibberish\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 1000)])
    func nonsense(answer: String) async throws {
        let collector = try await ScriptedCollector([.raw(answer), .answer(200)])
        let fixture = ExportFixture(collector.endpoint)
        fixture.offer(0..<2)
        fixture.exporter.start()
        #expect(await fixture.settled(2))
        await fixture.exporter.shutdown(within: .seconds(10))
        let tally = fixture.tally
        #expect(tally.exported + tally.dropped == 2 && tally.failedTries == 1)
        try await collector.stop()
    }

    @Test("An endpoint that is no URL drops what comes and says so once")
    func badEndpoint() async throws {
        let fixture = ExportFixture("::nonsense::") { $0.batch = 1 }
        fixture.offer(0..<3)
        fixture.exporter.start()
        #expect(await fixture.settled(3))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(dropped: 3, failedTries: 3))
        #expect(fixture.lines.entries.map(\.level) == [.warning])
    }

    @Test("A batch that is not taken for too long is dropped, and the next is tried")
    func giveUp() async throws {
        let collector = try await ScriptedCollector([.answer(503)])
        var backoff = ExportFixture.quick
        backoff.giveUpAfter = .milliseconds(300)
        let fixture = ExportFixture(collector.endpoint, backoff: backoff) { $0.batch = 2 }
        fixture.offer(0..<4)
        fixture.exporter.start()
        #expect(await fixture.settled(4))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally.dropped == 4 && fixture.tally.exported == 0)
        #expect(Set(collector.requests.entries.map(\.body)).count == 2)
        #expect(fixture.lines.entries.count == 1)
        try await collector.stop()
    }

    @Test("A body that is near its bound is closed early: the rest goes with the next request")
    func largeSpans() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint) { $0.compression = OTLPSettings.Compression.none }
        let agent = String(repeating: "\u{1}", count: 4096)
        let target = "/" + agent
        for _ in 0..<200 { fixture.exporter.offer(.exchange(SpanFixtures.exchange(SpanFixtures.story(target: target, agent: agent)))) }
        fixture.exporter.start()
        #expect(await fixture.settled(200))
        await fixture.exporter.shutdown(within: .seconds(20))
        let requests = collector.requests.entries
        #expect(requests.count > 1)
        for request in requests { #expect(request.body.count < 5 << 20) }
        #expect(fixture.tally == ResultTally(200))
        try await collector.stop()
    }
}
