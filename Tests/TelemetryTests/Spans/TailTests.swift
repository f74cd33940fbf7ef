import Exchange
import Synchronization
import Testing

@testable import Telemetry

@Suite struct TailBufferTests {
    private func story(_ number: UInt64) -> ExchangeStory {
        SpanFixtures.story(flags: [.random], id: ExchangeID(high: 1, low: number))
    }

    private func client(_ number: UInt64) -> SpanRecord { .attempt(SpanFixtures.attempt(story(number))) }
    private func server(_ number: UInt64) -> SpanRecord { .exchange(SpanFixtures.exchange(story(number))) }
    private func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: UInt64(seconds * 1e9)) }

    @Test func whatIsKeptTakesWithItWhatCameBeforeAndAfter() {
        var buffer = TailBuffer(bound: 10, wait: .seconds(5))
        #expect(buffer.hold(server(1), at: at(0)).kept.isEmpty)
        #expect(buffer.hold(server(2), at: at(0)).kept.isEmpty)
        #expect(buffer.keep(client(1), at: at(1)).kept.map(\.exchange.low) == [1, 1])
        #expect(buffer.hold(client(1), at: at(100)).kept.count == 1, "however late")
        #expect(buffer.keep(client(1), at: at(101)).kept.count == 1, "nothing twice")
        #expect(buffer.count == 0)
    }

    @Test func whatWaitsTooLongGoesAndALaterSpanHoldsItLonger() {
        var buffer = TailBuffer(bound: 10, wait: .seconds(5))
        _ = buffer.hold(server(1), at: at(0))
        _ = buffer.hold(server(2), at: at(1))
        _ = buffer.hold(client(1), at: at(4))
        #expect(buffer.hold(server(3), at: at(6.5)).expired == 1, "the second alone: the first has had a span since")
        #expect(buffer.keep(client(1), at: at(7)).kept.count == 3)
        #expect(buffer.keep(client(2), at: at(8)).kept.count == 1, "what has gone does not come back")
        #expect(buffer.hold(server(4), at: at(20)).expired == 1)
        #expect(buffer.count == 1)
    }

    private func server(_ number: UInt64, pending: [Int]) -> SpanRecord {
        let record = SpanFixtures.exchange(story(number), pending: pending.map { UpstreamID($0) })
        return .exchange(record)
    }

    private func delivery(_ number: UInt64, upstream: Int = 1) -> SpanRecord {
        .delivery(SpanFixtures.delivery(story(number), upstream: upstream))
    }

    /// Other exchanges' spans that make the buffer look at what has waited, one in each second.
    private func pass(_ seconds: ClosedRange<Int>, _ buffer: inout TailBuffer) {
        for second in seconds { _ = buffer.hold(server(UInt64(1000 + second)), at: at(Double(second))) }
    }

    @Test func anExchangeIsHeldWhileADeliveryOfItGoesOn() {
        var buffer = TailBuffer(bound: 1000, wait: .seconds(5))
        _ = buffer.hold(server(1, pending: [0, 1]), at: at(0))
        pass(1...600, &buffer)
        _ = buffer.hold(delivery(1, upstream: 0), at: at(600))
        pass(601...1200, &buffer)
        #expect(buffer.keep(delivery(1), at: at(1200)).kept.count == 3, "a dead letter after twenty minutes")
    }

    @Test func onceEveryDeliveryHasEndedItWaitsNoLongerThanOthers() {
        var buffer = TailBuffer(bound: 1000, wait: .seconds(5))
        _ = buffer.hold(server(1, pending: [0, 1]), at: at(0))
        pass(1...59, &buffer)
        _ = buffer.hold(delivery(1), at: at(60))
        buffer.settled(ExchangeID(high: 1, low: 1), UpstreamID(0), at: at(61))
        pass(61...65, &buffer)
        #expect(buffer.remembered.exchanges == 6, "for as long as it may take until a comparison is made")
        pass(66...75, &buffer)
        #expect(buffer.remembered.exchanges == 6, "the others alone")
        #expect(buffer.keep(client(1), at: at(75)).kept.count == 1)
    }

    @Test func aDeliveryThatEndedBeforeItsExchangeIsNotWaitedFor() {
        var buffer = TailBuffer(bound: 1000, wait: .seconds(5))
        _ = buffer.hold(delivery(1), at: at(0))
        _ = buffer.hold(server(1, pending: [1]), at: at(1))
        pass(2...20, &buffer)
        #expect(buffer.keep(client(1), at: at(20)).kept.count == 1)
    }

    @Test func anExchangeIsHeldUntilItsServerSpanComes() {
        var buffer = TailBuffer(bound: 1000, wait: .seconds(5))
        _ = buffer.hold(client(1), at: at(0))
        pass(1...100, &buffer)
        #expect(buffer.keep(server(1), at: at(100)).kept.count == 2, "a mirror's quick answer beside a primary that streamed")
    }

    @Test func noExchangeIsHeldForeverNorBeyondTheRoom() {
        var buffer = TailBuffer(bound: 100, wait: .seconds(5))
        _ = buffer.hold(server(1, pending: [1]), at: at(0))
        let longest = TailBuffer.longest.nanoseconds / 1_000_000_000
        for second in stride(from: 4, through: Double(longest) + 20, by: 4) { _ = buffer.hold(server(UInt64(second) + 1000), at: at(second)) }
        #expect(buffer.keep(client(1), at: at(Double(longest) + 20)).kept.count == 1)
        var overflowed = 0
        for number in 0..<200 as Range<UInt64> { overflowed += buffer.hold(server(10_000 + number, pending: [1]), at: at(9000)).overflowed }
        #expect(overflowed == 100 && buffer.count == 100)
    }

    @Test func beyondTheBoundTheLongestWaitingExchangeGoesWhole() {
        var buffer = TailBuffer(bound: 4, wait: .seconds(5))
        for number in 1...2 as ClosedRange<UInt64> {
            _ = buffer.hold(server(number), at: at(0))
            _ = buffer.hold(client(number), at: at(0))
        }
        #expect(buffer.count == 4)
        #expect(buffer.hold(server(3), at: at(0)).overflowed == 2)
        #expect(buffer.count == 3 && buffer.remembered.exchanges == 2)
        #expect(buffer.keep(client(2), at: at(1)).kept.count == 3, "the others are still there")
    }

    @Test func nothingGrowsBeyondItsBound() {
        var buffer = TailBuffer(bound: 4, wait: .seconds(3600))
        _ = buffer.hold(server(0), at: at(0))
        for number in 1...1000 as ClosedRange<UInt64> {
            _ = buffer.hold(server(number), at: at(1))
            _ = buffer.keep(client(number), at: at(1))
        }
        #expect(buffer.remembered.kept == 4 && buffer.remembered.places <= 8 && buffer.remembered.exchanges == 1)
        #expect(buffer.keep(client(0), at: at(2)).kept.count == 2)
    }

    /// Against a model without bounds: each span comes out at most once, and those of kept exchanges all.
    @Test func agreesWithASimpleModel() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var buffer = TailBuffer(bound: 1_000_000, wait: .seconds(1_000_000))
        var (offered, kept, given): ([UInt64: Int], Set<UInt64>, [UInt64: Int]) = ([:], [], [:])
        for step in 0..<2000 {
            let number = UInt64.random(in: 0..<100, using: &random)
            offered[number, default: 0] += 1
            let matters = Int.random(in: 0..<20, using: &random) == 0
            if matters { kept.insert(number) }
            let taken = matters ? buffer.keep(client(number), at: at(Double(step))) : buffer.hold(client(number), at: at(Double(step)))
            for record in taken.kept { given[record.exchange.low, default: 0] += 1 }
        }
        #expect(given == offered.filter { kept.contains($0.key) })
        #expect(buffer.count == offered.filter { !kept.contains($0.key) }.values.reduce(0, +))
    }
}

@Suite struct TailSettingsTests {
    private static func settings(_ change: (inout TailSettings) -> Void = { _ in }) -> TailSettings {
        var settings = TailSettings()
        settings.slowerThan = .seconds(3600)
        change(&settings)
        return settings
    }

    @Test(arguments: [
        (SpanRecord.exchange(SpanFixtures.exchange()), false), (.exchange(SpanFixtures.exchange(status: 404)), false),
        (.exchange(SpanFixtures.exchange(status: 500)), true), (.exchange(SpanFixtures.exchange(status: nil)), true),
        (.exchange(SpanFixtures.exchange(status: 503, errorClass: .breakerOpen)), true), (.attempt(SpanFixtures.attempt()), false),
        (.attempt(SpanFixtures.attempt(status: 404, errorClass: .http4xx)), true),
        (.attempt(SpanFixtures.attempt(status: nil, errorClass: .reset)), true), (.delivery(SpanFixtures.delivery()), false),
        (.delivery(SpanFixtures.delivery(result: .dead, errorClass: .http5xx)), true),
        (.delivery(SpanFixtures.delivery(result: .skipped, reason: .spoolFull)), false),
    ])
    func errors(_ record: SpanRecord, isKept: Bool) {
        #expect(Self.settings().keeps(record) == isKept)
        #expect(!Self.settings { $0.errors = false }.keeps(record))
    }

    @Test(arguments: [
        SpanRecord.exchange(SpanFixtures.exchange(status: 429)), .attempt(SpanFixtures.attempt(status: 429, errorClass: .http429)),
        .exchange(SpanFixtures.exchange(status: 503, errorClass: .rateLimited)),
    ])
    func rateLimits(_ record: SpanRecord) {
        #expect(Self.settings { $0.errors = false }.keeps(record))
        #expect(!Self.settings { $0.rateLimited = false }.keeps(record))
    }

    @Test func disagreements() {
        let record = SpanRecord.attempt(
            SpanFixtures.attempt(events: [SpanEvent("pantograph.disagreement", at: SpanFixtures.time(1))]))
        #expect(Self.settings().keeps(record))
        #expect(!Self.settings { $0.disagreements = false }.keeps(record))
    }

    /// The fixtures' exchange takes 5 ms, their attempt 3 ms, and their delivery a minute and 5 ms.
    @Test func slowness() {
        let records = [
            SpanRecord.attempt(SpanFixtures.attempt()), .exchange(SpanFixtures.exchange()), .delivery(SpanFixtures.delivery()),
        ]
        func kept(_ bound: Duration) -> [Bool] { records.map(Self.settings { $0.slowerThan = bound }.keeps) }
        #expect(kept(.milliseconds(2)) == [true, true, true])
        #expect(kept(.milliseconds(3)) == [false, true, true])
        #expect(kept(.milliseconds(5)) == [false, false, true])
        #expect(kept(.milliseconds(60_005)) == [false, false, false])
    }

    @Test func whatIsMadeOfSpansIsCounted() throws {
        let rule = TailRule(Self.settings { $0.buffer = 2 }, now: { SpanFixtures.time(0) })
        let story = SpanFixtures.story(id: ExchangeID(high: 2, low: 2))
        for record in [SpanFixtures.exchange(), SpanFixtures.exchange(), SpanFixtures.exchange(story)] {
            #expect(rule.take(.exchange(record)).isEmpty)
        }
        #expect(rule.take(.attempt(SpanFixtures.attempt(story, status: 500, errorClass: .http5xx))).count == 2)
        #expect(rule.snapshot() == TailRule.Snapshot(kept: 2, dropped: 0, overflowed: 2))
    }
}
