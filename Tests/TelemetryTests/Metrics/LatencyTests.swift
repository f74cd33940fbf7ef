import Exchange
import Foundation
import Testing
@testable import Telemetry

@Suite struct LatencyScaleTests {
    @Test func everyBucketHoldsWhatItsMiddleStandsFor() {
        for row in 0..<LatencyScale.rows {
            for column in 0..<LatencyScale.columns {
                let shift = UInt64(row + 2)
                let low = UInt64(LatencyScale.columns + column) << shift
                let high = low + (UInt64(1) << shift) - 1
                guard low >= LatencyScale.shortest, high <= LatencyScale.longest else { continue }
                let middle = LatencyScale.seconds(row: row, column: column)
                for nanoseconds in [low, (low + high) / 2, high] {
                    #expect(LatencyScale.place(nanoseconds) == (row, column))
                    #expect(abs(middle * 1e9 - Double(nanoseconds)) / Double(nanoseconds) < 0.004)
                }
            }
        }
    }

    @Test(arguments: [(0, 1_000), (999, 1_000), (3_600_000_000_001, 3_600_000_000_000), (UInt64.max, 3_600_000_000_000)] as [(UInt64, UInt64)])
    func whatLiesBeyondTheScaleIsHeldAtItsEnds(_ nanoseconds: UInt64, _ held: UInt64) {
        #expect(LatencyScale.place(nanoseconds) == LatencyScale.place(held))
        let (row, column) = LatencyScale.place(nanoseconds)
        #expect(row < LatencyScale.rows && column < LatencyScale.columns)
    }
}

@Suite struct LatencyPercentileTests {
    enum Shape: String, CaseIterable {
        case constant, uniform, exponential, logNormal, heavyTail, twoHumps, steps, powersOfTwo, widest

        func draw(_ random: inout SeededGenerator) -> UInt64 {
            let unit = Double(random.next() >> 11) * 0x1p-53
            let other = Double(random.next() >> 11) * 0x1p-53
            switch self {
            case .constant: return 12_345_678
            case .uniform: return 1_000 + UInt64(unit * 2e9)
            case .exponential: return 1_000 + UInt64(-log(1 - unit) * 5e6)
            case .logNormal: return 1_000 + UInt64(exp(15 + 1.5 * sqrt(-2 * log(1 - unit)) * cos(2 * .pi * other)))
            case .heavyTail: return min(LatencyScale.longest, UInt64(2e6 / pow(1 - unit, 1 / 1.1)))
            case .twoHumps: return unit < 0.96 ? 2_000_000 + UInt64(other * 1e6) : 900_000_000 + UInt64(other * 2e8)
            case .steps: return [1_000, 250_000, 1_000_000, 30_000_000_000][Int(unit * 4)]
            case .powersOfTwo: return UInt64(1) << UInt64(10 + Int(unit * 31))
            case .widest: return UInt64(exp(log(1e3) + unit * (log(3.6e12) - log(1e3))))
            }
        }
    }

    @Test(arguments: Shape.allCases, [1, 2, 3, 10, 999, 20_000])
    func withinOnePercentOfTheExactValue(_ shape: Shape, _ number: Int) {
        for seed in UInt64(1)...(number > 1000 ? 2 : 8) {
            var random = SeededGenerator(seed: seed)
            var window = LatencyWindow()
            var exact: [UInt64] = []
            for place in 0..<number {
                let nanoseconds = shape.draw(&random)
                exact.append(nanoseconds)
                window.record(nanoseconds, at: Fixture.seconds(10 + 50 * Double(place) / Double(number)))
            }
            exact.sort()
            let distribution = window.distribution(at: Fixture.seconds(60))
            #expect(distribution.count == UInt64(number))
            for quantile in [0, 0.001, 0.25] + Scrape.quantiles + [1] {
                let rank = max(1, Int((Double(number) * quantile).rounded(.up)))
                let wanted = Double(exact[rank - 1]) / 1e9
                let error = abs(distribution.quantile(quantile) - wanted) / wanted
                #expect(error < 0.01, "\(shape) of \(number), seed \(seed), quantile \(quantile): off by \(error)")
            }
        }
    }

    @Test func noneIsNotANumber() {
        #expect(LatencyWindow().distribution(at: Fixture.seconds(60)).quantile(0.5).isNaN)
        #expect(LatencyDistribution().quantile(1).isNaN)
    }
}

@Suite struct LatencyWindowTests {
    @Test func forgetsWhatIsOlderThanSixtySeconds() {
        var window = LatencyWindow()
        window.record(1_000_000, at: Fixture.seconds(102))
        for (at, count) in [(102.0, 1), (104.9, 1), (105, 1), (159.9, 1), (160, 0), (161, 0), (1000, 0)] {
            #expect(window.distribution(at: Fixture.seconds(at)).count == UInt64(count), "at \(at) s")
        }
        #expect(window.count == 1)
        #expect(window.sum == 1_000_000)
    }

    @Test func aSliceIsUsedAgainForLaterTimes() {
        var window = LatencyWindow()
        for lap in 0..<5 {
            window.record(UInt64(lap + 1) * 1_000_000, at: Fixture.seconds(Double(lap) * 60))
            #expect(window.distribution(at: Fixture.seconds(Double(lap) * 60)).count == 1)
        }
        #expect(window.count == 5)
        #expect(window.sum == 15_000_000)
    }

    @Test func aRecordThatComesTooLateCountsInTheSumsAlone() {
        var window = LatencyWindow()
        window.record(1_000_000, at: Fixture.seconds(200))
        window.record(2_000_000, at: Fixture.seconds(140))
        #expect(window.count == 2)
        #expect(window.distribution(at: Fixture.seconds(200)).count == 1)
        window.record(2_000_000, at: Fixture.seconds(199))
        #expect(window.distribution(at: Fixture.seconds(200)).count == 2)
    }

    /// The window beside a list of everything, over random steps of time and durations.
    @Test(arguments: 1...12) func agreesWithAListOfEverything(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var windows = [LatencyWindow(), LatencyWindow(), LatencyWindow()]
        var list: [(slice: UInt64, nanoseconds: UInt64)] = []
        var now = 1_000_000_000_000 as UInt64
        for _ in 0..<3_000 {
            now += random.next() % 200 == 0 ? random.next() % 90_000_000_000 : random.next() % 60_000_000
            let nanoseconds = 1_000 + random.next() % 5_000_000_000
            list.append((now / LatencyWindow.sliceNanoseconds, nanoseconds))
            windows[Int(random.next() % 3)].record(nanoseconds, at: MonotonicTime(nanoseconds: now))
            guard random.next() % 50 == 0 else { continue }
            let newest = now / LatencyWindow.sliceNanoseconds
            let kept = list.filter { $0.slice + UInt64(LatencyWindow.sliceCount) > newest }.map(\.nanoseconds).sorted()
            var merged = windows[0]
            merged.merge(windows[1])
            merged.merge(windows[2])
            let distribution = merged.distribution(at: MonotonicTime(nanoseconds: now))
            #expect(distribution.count == UInt64(kept.count), "seed \(seed)")
            #expect(merged.count == UInt64(list.count), "seed \(seed)")
            let wanted = Double(kept[(kept.count - 1) / 2]) / 1e9
            #expect(abs(distribution.quantile(0.5) - wanted) / wanted < 0.01, "seed \(seed)")
        }
    }
}
