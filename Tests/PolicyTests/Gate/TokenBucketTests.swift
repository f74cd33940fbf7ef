import Exchange
import Policy
import Testing

@Suite struct TokenBucketTests {
    @Test func theBurstAndThenTheRate() {
        var bucket = TokenBucket(RateSettings(count: 100, per: .seconds(1), burst: 3))
        for _ in 0..<3 { #expect(bucket.take(at: .at(.seconds(7))) == nil) }
        #expect(bucket.take(at: .at(.seconds(7))) == .at(.milliseconds(7_010)))
        #expect(bucket.take(at: .at(.milliseconds(7_004))) == .at(.milliseconds(7_010)))
        #expect(bucket.take(at: .at(.milliseconds(7_010))) == nil)
        #expect(bucket.take(at: .at(.milliseconds(7_010))) == .at(.milliseconds(7_020)))
    }

    @Test func neverMoreThanTheBurstIsSaved() {
        var bucket = TokenBucket(RateSettings(count: 1, per: .seconds(1), burst: 2))
        #expect(bucket.take(at: .at(.zero)) == nil)
        let later = MonotonicTime(nanoseconds: .max / 2)
        #expect(bucket.take(at: later) == nil)
        #expect(bucket.take(at: later) == nil)
        #expect(bucket.take(at: later) == later.advanced(by: .seconds(1)))
    }

    @Test func oneThatNeverWentOutIsThereAgain() {
        var bucket = TokenBucket(RateSettings(count: 1, per: .seconds(1), burst: 2))
        bucket.giveBack(takenAt: .at(.zero), at: .at(.zero))
        #expect(bucket.take(at: .at(.zero)) == nil)
        #expect(bucket.take(at: .at(.zero)) == nil)
        #expect(bucket.take(at: .at(.zero)) == .at(.seconds(1)))
        bucket.giveBack(takenAt: .at(.zero), at: .at(.zero))
        #expect(bucket.take(at: .at(.zero)) == nil)
        #expect(bucket.take(at: .at(.zero)) == .at(.seconds(1)))
    }

    /// The bucket is full again by the time the token comes back: two at one moment would be more than a burst of one.
    @Test func whatTimeHasBroughtMeanwhileIsNotGivenBackToo() {
        var bucket = TokenBucket(RateSettings(count: 1, per: .seconds(1)))
        #expect(bucket.take(at: .at(.zero)) == nil)
        #expect(bucket.take(at: .at(.seconds(1))) == nil)
        bucket.giveBack(takenAt: .at(.zero), at: .at(.seconds(1)))
        #expect(bucket.take(at: .at(.seconds(1))) == .at(.seconds(2)))
        bucket.giveBack(takenAt: .at(.seconds(1)), at: .at(.milliseconds(1_250)))
        #expect(bucket.take(at: .at(.milliseconds(1_250))) == nil)
        #expect(bucket.take(at: .at(.milliseconds(1_250))) == .at(.milliseconds(2_250)))
    }

    /// Seven in a second do not divide the nanoseconds. Where a burst leaves room, the times stay those of the rate to the
    /// nanosecond; without, each gap is the next whole nanosecond, since any two calls are a window.
    @Test func nothingDrifts() {
        for (burst, times) in [(2, { (taken: UInt64) in (taken * 1_000_000_000 + 6) / 7 }), (1, { (taken: UInt64) in taken * 142_857_143 })] {
            var bucket = TokenBucket(RateSettings(count: 7, per: .seconds(1), burst: burst))
            var now = MonotonicTime(nanoseconds: 0)
            for _ in 0..<burst { #expect(bucket.take(at: now) == nil) }
            for taken in 1...UInt64(700) {
                guard let next = bucket.take(at: now), next.nanoseconds == times(taken) else { Issue.record("\(taken)"); return }
                now = next
                #expect(bucket.take(at: now) == nil)
            }
        }
        // Each step forward at another odd moment, over a year, and no part of a nanosecond is lost.
        let year: Int64 = 365 * 24 * 3600
        var slow = TokenBucket(RateSettings(count: 1, per: .seconds(year)))
        #expect(slow.take(at: .at(.zero)) == nil)
        for step in stride(from: UInt64(1), to: UInt64(year) * 1_000_000_000, by: 9_997_000_000_013) {
            guard slow.take(at: MonotonicTime(nanoseconds: step)) == .at(.seconds(year)) else { Issue.record("\(step)"); return }
        }
    }

    @Test func aClockThatGoesBackBringsNothing() {
        var bucket = TokenBucket(RateSettings(count: 1, per: .seconds(1)))
        #expect(bucket.take(at: .at(.seconds(10))) == nil)
        #expect(bucket.take(at: .at(.seconds(5))) == .at(.seconds(11)))
        #expect(bucket.take(at: .at(.seconds(10))) == .at(.seconds(11)))
        #expect(bucket.take(at: .at(.seconds(11))) == nil)
    }

    @Test func settingsAtTheirEdges() {
        let far = Duration(secondsComponent: .max, attosecondsComponent: 0)
        for count in [Int.min, 0, 1, .max] {
            for per in [Duration.seconds(-1), .zero, .nanoseconds(1), far] {
                for burst in [Int.min, 0, 1, .max] {
                    var bucket = TokenBucket(RateSettings(count: count, per: per, burst: burst))
                    #expect(bucket.take(at: MonotonicTime(nanoseconds: 5)) == nil)
                    bucket.giveBack(takenAt: MonotonicTime(nanoseconds: 5), at: .never)
                    for time in [0, 1, UInt64.max] {
                        let now = MonotonicTime(nanoseconds: time)
                        if let next = bucket.take(at: now) { #expect(next > now || next == .never) }
                    }
                }
            }
        }
    }

    // MARK: Over any window

    private static func settings(using generator: inout SeededGenerator) -> RateSettings {
        RateSettings(
            count: Int.random(in: 1...150, using: &generator),
            per: .nanoseconds(Int64.random(in: 1_000...10_000_000_000, using: &generator)), burst: Int.random(in: 1...20, using: &generator))
    }

    /// Whether any window, from one call to a later one, holds more than the allowance: with whole numbers, and none left out.
    private static func exceeds(_ times: [MonotonicTime], _ settings: RateSettings) -> Bool {
        let per = UInt128(settings.per.nanoseconds)
        for first in times.indices {
            for last in first..<times.count {
                let width = UInt128(times[last].nanoseconds - times[first].nanoseconds)
                if UInt128(last - first + 1) * per > UInt128(settings.count) * width + UInt128(settings.burst) * per { return true }
            }
        }
        return false
    }

    /// Random callers, patient and not, some of whose calls never go out.
    @Test(arguments: SeededGenerator.seeds) func noWindowHoldsMore(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for run in 0..<60 {
            let settings = Self.settings(using: &generator)
            var bucket = TokenBucket(settings)
            var now = MonotonicTime(nanoseconds: UInt64.random(in: 0...1 << 60, using: &generator))
            let step = max(1, settings.per.nanoseconds / Int64(settings.count))
            var times: [MonotonicTime] = []
            var held: [MonotonicTime] = []
            while times.count < 250 {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0 where !held.isEmpty: bucket.giveBack(takenAt: held.remove(at: 0), at: now)
                case 1: now = now.advanced(by: .nanoseconds(Int64.random(in: 0...step * 30, using: &generator)))
                case 2..<5: now = now.advanced(by: .nanoseconds(Int64.random(in: 0...step, using: &generator)))
                default:
                    if let next = bucket.take(at: now) {
                        #expect(next > now)
                        if Bool.random(using: &generator) { now = next }
                    } else if Int.random(in: 0..<8, using: &generator) == 0 {
                        held.append(now)
                    } else {
                        times.append(now)
                    }
                }
            }
            if Self.exceeds(times, settings) { Issue.record("seed \(seed), run \(run): \(settings)"); return }
        }
    }

    /// Who asks again at the time he was told gets all of the allowance but less than one token.
    @Test(arguments: SeededGenerator.seeds) func thePatientGetAllOfIt(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for run in 0..<60 {
            let settings = Self.settings(using: &generator)
            var bucket = TokenBucket(settings)
            let start = MonotonicTime(nanoseconds: UInt64.random(in: 0...1 << 60, using: &generator))
            var now = start
            var times: [MonotonicTime] = []
            while times.count < 300 {
                guard let next = bucket.take(at: now) else { times.append(now); continue }
                now = next
            }
            let width = UInt128(now.nanoseconds(since: start))
            let per = UInt128(settings.per.nanoseconds)
            let allowance = (UInt128(settings.count) * width + UInt128(settings.burst) * per) / per
            if UInt128(times.count) + 1 < allowance { Issue.record("seed \(seed), run \(run): \(times.count) of \(allowance), \(settings)") }
            if Self.exceeds(times, settings) { Issue.record("seed \(seed), run \(run): \(settings)") }
        }
    }
}
