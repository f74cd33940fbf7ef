import Exchange
import Testing

@Suite struct ExchangeIDTests {
    private let time = WallTime(nanosecondsSinceEpoch: 0x0190_1234_5678 * 1_000_000 + 999_999)

    @Test func text() {
        let id = ExchangeID(high: 0x0190_1234_5678_7ABC, low: 0x8123_4567_89AB_CDEF)
        #expect(id.description == "01901234-5678-7abc-8123-456789abcdef")
        #expect(ExchangeID(high: 0, low: 0).description == "00000000-0000-0000-0000-000000000000")
        #expect(ExchangeID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }

    /// RFC 9562, 5.7: 48 bits of milliseconds, version 7, variant 10, the rest random.
    @Test func everyBitOfVersion7() {
        for number in [UInt64(0), .max, 0x5555_5555_5555_5555] {
            var generator = ScriptedGenerator(numbers: [number, number])
            let id = ExchangeID(at: time, using: &generator)
            #expect(id.high >> 16 == 0x0190_1234_5678)
            #expect(id.high >> 12 & 0xF == 7 && id.low >> 62 == 0b10)
            #expect(id.high & 0xFFF == number & 0xFFF)
            #expect(id.low << 2 == (number >> 2) << 2)
        }
    }

    @Test(arguments: SeededGenerator.seeds)
    func idsSortByTimeAndDiffer(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ids = (0..<1_000).map { ExchangeID(at: time.advanced(byNanoseconds: UInt64($0) * 1_000_000), using: &generator) }
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(Set(ids).count == ids.count)
    }
}

@Suite struct TraceIdentifiersTests {
    @Test func zeroIsNone() {
        #expect(TraceID(high: 0, low: 0) == nil && SpanID(0) == nil)
        #expect(TraceID(high: 1, low: 0)?.description == "00000000000000010000000000000000")
        #expect(SpanID(0xAB)?.description == "00000000000000ab")
    }

    /// No bit of the right-most 56 is fixed: Level 2 promises that they are uniform.
    @Test(arguments: SeededGenerator.seeds)
    func everyBitTakesBothValues(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (ones, zeros): (UInt64, UInt64) = (0, 0)
        for _ in 0..<200 {
            let id = TraceID(using: &generator)
            ones |= id.low
            zeros |= ~id.low
        }
        #expect(ones == .max && zeros == .max)
    }

    @Test func zerosAreDrawnAgain() {
        var generator = ScriptedGenerator(numbers: [0, 0, 0, 9, 0, 0, 7])
        #expect(TraceID(using: &generator) == TraceID(high: 0, low: 9))
        #expect(SpanID(using: &generator) == SpanID(7))
    }

    @Test func traceParent() throws {
        let id = try #require(TraceID(high: 1, low: 2))
        let span = try #require(SpanID(3))
        for flags in UInt8.min...UInt8.max {
            let trace = TraceContext(traceID: id, spanID: span, flags: TraceContext.Flags(rawValue: flags))
            #expect(trace.traceParent == "00-00000000000000010000000000000002-0000000000000003-0\(flags & 3)")
            #expect(trace.isSampled == (flags & 1 == 1))
        }
    }

    @Test func aChildDiffersInItsSpanAlone() throws {
        let trace = TraceContext(
            traceID: try #require(TraceID(high: 1, low: 2)), spanID: try #require(SpanID(3)), flags: [.sampled, .random], traceState: "a=1")
        var generator = ScriptedGenerator(numbers: [4])
        var child = trace.child(using: &generator)
        #expect(child.spanID == SpanID(4))
        child.spanID = trace.spanID
        #expect(child == trace)
    }
}

@Suite struct TimeTests {
    @Test func clocks() {
        let (one, other) = (MonotonicTime.now(), MonotonicTime.now())
        #expect(one <= other && one.nanoseconds > 0)
        #expect(WallTime.now().nanosecondsSinceEpoch > 1_700_000_000_000_000_000)
    }

    @Test func differencesNeverWrap() {
        let (early, late) = (MonotonicTime(nanoseconds: 5), MonotonicTime(nanoseconds: 1_500_000_005))
        #expect(late.nanoseconds(since: early) == 1_500_000_000 && early.nanoseconds(since: late) == 0)
        #expect(late.seconds(since: early) == 1.5)
        #expect(MonotonicTime(nanoseconds: .max).nanoseconds(since: MonotonicTime(nanoseconds: 0)) == .max)
    }

    @Test func sumsStopAtTheEdge() {
        let time = MonotonicTime(nanoseconds: .max - 1)
        #expect(time.advanced(by: .nanoseconds(1)).nanoseconds == .max)
        #expect(time.advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(time.advanced(by: .seconds(-1)) == time)
        #expect(WallTime(nanosecondsSinceEpoch: .max).advanced(byNanoseconds: 1).nanosecondsSinceEpoch == .max)
    }

    @Test(arguments: [
        (.zero, 0), (.nanoseconds(1), 1), (.seconds(1), 1_000_000_000), (.milliseconds(-1), -1_000_000), (.seconds(9_223_372_036), 9_223_372_036_000_000_000),
        (.seconds(9_223_372_037), .max), (.seconds(-9_223_372_037), .min), (Duration(secondsComponent: .max, attosecondsComponent: 0), .max),
        (Duration(secondsComponent: .min, attosecondsComponent: 0), .min), (.seconds(9_223_372_036) + .milliseconds(900), .max),
        (.seconds(-9_223_372_036) - .milliseconds(900), .min), (Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0),
    ] as [(Duration, Int64)])
    func nanosecondsOfDurations(_ duration: Duration, _ nanoseconds: Int64) {
        #expect(duration.nanoseconds == nanoseconds)
        #expect(duration.seconds == Double(nanoseconds) / 1e9)
    }

    /// A moment's calendar is read once; all else follows the monotonic clock.
    @Test func aMoment() {
        let moment = Moment(wall: WallTime(nanosecondsSinceEpoch: 1_000), monotonic: MonotonicTime(nanoseconds: 50))
        #expect(moment.wall(at: MonotonicTime(nanoseconds: 80)).nanosecondsSinceEpoch == 1_030)
        #expect(moment.wall(at: MonotonicTime(nanoseconds: 20)).nanosecondsSinceEpoch == 1_000)
    }
}
