import Exchange
import Testing

@testable import Telemetry

@Suite("The exporter's bounds and its end", .timeLimit(.minutes(2)))
struct SpanExporterBoundTests {
    @Test("Beyond the queue's bound spans are dropped at once and counted, and none is lost without a word")
    func overflow() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint) { ($0.queue, $0.batch) = (50, 10) }
        fixture.offer(0..<80)
        #expect(fixture.tally == ResultTally(dropped: 30))
        fixture.exporter.start()
        #expect(await fixture.settled(80))
        await fixture.exporter.shutdown(within: .seconds(10))
        #expect(fixture.tally == ResultTally(50, dropped: 30))
        let overflow = fixture.lines.entries.filter { $0.metadata["dropped"] == "30" }
        #expect(overflow.count == 1 && fixture.lines.entries.count == 1)
        try await collector.stop()
    }

    @Test("While nobody listens, spans wait up to the bound; once somebody does, they arrive")
    func absence() async throws {
        let first = try await ScriptedCollector([.answer(200)])
        try await first.stop()
        let fixture = ExportFixture(first.endpoint) { ($0.queue, $0.batch) = (20, 5) }
        fixture.exporter.start()
        fixture.offer(0..<10)
        #expect(await fixture.results.wait { ResultTally($0).failedTries >= 3 })
        fixture.offer(10..<40)
        // Five are on their way, twenty wait, fifteen found no room.
        #expect(fixture.tally.dropped == 15 && fixture.tally.exported == 0)
        #expect(fixture.lines.entries.count == 1)
        #expect(fixture.lines.entries.first?.metadata["class"] == "connect_refused")
        let second = try await ScriptedCollector([.answer(200)], port: first.port)
        #expect(await fixture.settled(40))
        await fixture.exporter.shutdown(within: .seconds(30))
        #expect(fixture.tally.exported == 25 && fixture.tally.dropped == 15)
        #expect(fixture.lines.entries.map(\.level) == [.warning, .info])
        #expect(fixture.lines.entries.last?.metadata["dropped"] == "15")
        try await second.stop()
    }

    @Test("Nobody listens at the end either: one last try, and what is left over is counted")
    func absenceAtTheEnd() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        try await collector.stop()
        let hour = ExportBackoff(first: .seconds(3600), longest: .seconds(3600), giveUpAfter: .seconds(36_000), longestAsked: .seconds(1))
        let fixture = ExportFixture(collector.endpoint, backoff: hour) { $0.batch = 5 }
        fixture.exporter.start()
        fixture.offer(0..<40)
        #expect(await fixture.results.wait { ResultTally($0).failedTries == 1 })
        // With a time that would outlast the test's own limit.
        await fixture.exporter.shutdown(within: .seconds(3000))
        #expect(fixture.tally == ResultTally(dropped: 40, failedTries: 2))
        #expect(fixture.lines.entries.map { $0.metadata["class"] } == ["connect_refused", nil])
    }

    @Test("At the end all that waits is sent")
    func flush() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint) { ($0.batch, $0.scheduleDelay) = (1000, .seconds(3600)) }
        fixture.exporter.start()
        fixture.offer(0..<500)
        await fixture.exporter.shutdown(within: .seconds(20))
        #expect(fixture.tally == ResultTally(500))
        #expect(try collector.requests.entries.reduce(0) { $0 + (try $1.batch().spans.count) } == 500)
        try await collector.stop()
    }

    @Test("A last retry within the time still brings them there")
    func lastRetry() async throws {
        let collector = try await ScriptedCollector([.answer(503), .answer(503), .answer(200)])
        let fixture = ExportFixture(collector.endpoint) { $0.scheduleDelay = .seconds(3600) }
        fixture.offer(0..<5)
        await fixture.exporter.shutdown(within: .seconds(20))
        #expect(fixture.tally == ResultTally(5, failedTries: 2))
        try await collector.stop()
    }

    @Test("A collector that hangs holds the end up for the time given and no longer", arguments: [0, 1, 300])
    func hanging(milliseconds: Int) async throws {
        let collector = try await ScriptedCollector([.hang])
        let fixture = ExportFixture(collector.endpoint) { ($0.timeout, $0.batch) = (.seconds(3600), 2) }
        fixture.exporter.start()
        fixture.offer(0..<10)
        // A request is under way, and its own timeout is an hour off.
        #expect(await collector.requests.wait(for: 1))
        await fixture.exporter.shutdown(within: .milliseconds(milliseconds))
        #expect(fixture.tally.dropped == 10 && fixture.tally.exported == 0)
        try await collector.stop()
    }

    @Test("A pause that the collector asked for outlasts the time: nothing is waited for")
    func askedPause() async throws {
        let collector = try await ScriptedCollector([.answer(503, headers: ["Retry-After: 3000"])])
        let fixture = ExportFixture(collector.endpoint, backoff: ExportBackoff())
        fixture.exporter.start()
        fixture.offer(0..<2)
        #expect(await fixture.results.wait { ResultTally($0).failedTries == 1 })
        await fixture.exporter.shutdown(within: .seconds(100))
        #expect(fixture.tally == ResultTally(dropped: 2, failedTries: 1))
        #expect(collector.requests.entries.count == 1)
        try await collector.stop()
    }

    @Test("A pause of our own is cut short for one last try")
    func ownPause() async throws {
        let collector = try await ScriptedCollector([.answer(503), .answer(200)])
        let hours = ExportBackoff(first: .seconds(3600), longest: .seconds(3600), giveUpAfter: .seconds(36_000), longestAsked: .seconds(1))
        let fixture = ExportFixture(collector.endpoint, backoff: hours)
        fixture.exporter.start()
        fixture.offer(0..<2)
        #expect(await fixture.results.wait { ResultTally($0).failedTries == 1 })
        await fixture.exporter.shutdown(within: .seconds(20))
        #expect(fixture.tally == ResultTally(2, failedTries: 1))
        try await collector.stop()
    }

    @Test("After the end records are dropped and counted, and another end is as one")
    func after() async throws {
        let collector = try await ScriptedCollector([.answer(200)])
        let fixture = ExportFixture(collector.endpoint)
        fixture.exporter.start()
        fixture.exporter.start()
        fixture.offer(0..<3)
        async let first: Void = fixture.exporter.shutdown(within: .seconds(10))
        async let second: Void = fixture.exporter.shutdown(within: .seconds(10))
        _ = await (first, second)
        await fixture.exporter.shutdown(within: .seconds(10))
        fixture.exporter.start()
        fixture.offer(3..<5)
        #expect(fixture.tally == ResultTally(3, dropped: 2))
        try await collector.stop()
    }

    @Test("Many threads offer while the collector stumbles and the end comes: every span is told of once")
    func account() async throws {
        let collector = try await ScriptedCollector([
            .answer(200), .answer(503), .answer(500), .answer(200, body: "{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}"), .answer(429), .answer(200),
        ])
        let fixture = ExportFixture(collector.endpoint) { ($0.queue, $0.batch) = (200, 64) }
        fixture.exporter.start()
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        fixture.offer(part * 500 + number..<part * 500 + number + 1)
                        if number % 50 == 0 { await Task.yield() }
                    }
                }
            }
        }
        await fixture.exporter.shutdown(within: .seconds(20))
        let tally = fixture.tally
        #expect(tally.spans == 2000)
        #expect(tally.rejected <= 3)
        let accepted = try collector.requests.entries.reduce(0) { $0 + (try $1.batch().spans.count) }
        #expect(accepted >= tally.exported)
        try await collector.stop()
    }
}
