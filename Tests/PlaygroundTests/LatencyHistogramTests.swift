import Exchange
import Testing

@testable import Playground

@Suite("Latency histogram")
struct LatencyHistogramTests {
    @Test("nothing recorded is zero")
    func empty() {
        let histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.largest == 0)
    }

    @Test("small values are exact")
    func small() {
        var histogram = LatencyHistogram()
        for value in 1...200 as ClosedRange<UInt64> { histogram.record(value) }
        for percent in 1...100 { #expect(histogram.quantile(Double(percent) / 100) == UInt64(2 * percent)) }
    }

    @Test("any one value is told within 0.4 %, at every power of two and beside it")
    func error() {
        for exponent in 0..<64 as Range<UInt64> {
            for offset in [-1, 0, 1] {
                let value = offset < 0 ? (1 << exponent) - 1 : (1 << exponent) + UInt64(offset)
                var histogram = LatencyHistogram()
                histogram.record(value)
                histogram.record(.max)
                let told = histogram.quantile(0.5)
                #expect(abs(Double(told) - Double(value)) <= Double(value) * 0.004, "\(value) was told as \(told)")
            }
        }
    }

    @Test("the largest is exact, and no quantile is above it")
    func largest() {
        var histogram = LatencyHistogram()
        for value in [1_000_003, 999_999_937, 5] as [UInt64] { histogram.record(value) }
        #expect(histogram.largest == 999_999_937)
        #expect(histogram.quantile(1) == 999_999_937)
        histogram.record(.max)
        #expect(histogram.quantile(1) <= .max)
    }

    @Test("quantiles of drawn values agree with the sorted ones")
    func drawn() {
        var generator = SeededGenerator(seed: 42)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<20_000 {
            let value = UInt64.random(in: 1...(1 << UInt64.random(in: 1...40, using: &generator)), using: &generator)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for quantile in [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = Double(values[max(1, Int((quantile * 20_000).rounded(.up))) - 1])
            #expect(abs(Double(histogram.quantile(quantile)) - exact) <= exact * 0.004)
        }
    }
}
