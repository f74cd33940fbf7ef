import Exchange
import Testing
@testable import Telemetry

@Suite struct HistogramTests {
    @Test func boundsAreThoseOfTheConventionsAndFinerOnes() {
        let conventions: [UInt64] = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
        #expect(Histogram.bounds == Histogram.bounds.sorted())
        #expect(Array(Histogram.bounds.suffix(conventions.count)) == conventions.map { $0 * 1_000_000 })
        #expect(Array(Histogram.bounds.prefix(3)) == [500_000, 1_000_000, 2_500_000])
    }

    @Test func whatMayWaitHasBoundsUpToADay() {
        #expect(Histogram.longBounds == Histogram.longBounds.sorted())
        #expect(Histogram.longBounds.starts(with: Histogram.bounds))
        #expect(Histogram.longBounds.last == 24 * 3600 * 1_000_000_000)
        #expect((Histogram().bounds, Histogram(.waits).bounds) == (Histogram.bounds, Histogram.longBounds))
    }

    @Test(arguments: [Histogram.Scale.calls, .waits]) func aBoundIsWithinItsBucket(_ scale: Histogram.Scale) {
        for (bucket, bound) in scale.bounds.enumerated() {
            for (nanoseconds, wanted) in [(bound - 1, bucket), (bound, bucket), (bound + 1, bucket + 1)] {
                var histogram = Histogram(scale)
                histogram.observe(nanoseconds)
                #expect(histogram.counts.firstIndex(of: 1) == wanted)
                #expect(histogram.count == 1)
                #expect(histogram.sum == nanoseconds)
            }
        }
    }

    @Test func extremesCount() {
        var histogram = Histogram()
        histogram.observe(0)
        histogram.observe(.max)
        histogram.observe(.max)
        #expect(histogram.counts.first == 1)
        #expect(histogram.counts.last == 2)
        #expect(histogram.count == 3)
    }

    private func exemplar(_ nanoseconds: UInt64, _ number: UInt64, at: UInt64) -> Histogram.Exemplar {
        Histogram.Exemplar(
            traceID: TraceID(high: 1, low: number)!, spanID: SpanID(number)!, nanoseconds: nanoseconds,
            at: WallTime(nanosecondsSinceEpoch: at))
    }

    @Test func theLastExemplarOfEachBucketStays() {
        var histogram = Histogram()
        histogram.observe(400_000)
        #expect(histogram.exemplars.isEmpty)
        histogram.observe(exemplar(400_000, 1, at: 1))
        histogram.observe(exemplar(300_000, 2, at: 2))
        histogram.observe(exemplar(20_000_000, 3, at: 3))
        #expect(histogram.exemplars[0]?.spanID == SpanID(2))
        #expect(histogram.exemplars[5]?.spanID == SpanID(3))
        #expect(histogram.exemplars.compactMap { $0 }.count == 2)
        #expect(histogram.count == 4)
    }

    @Test func mergingAddsCountsAndKeepsTheLaterExemplar() {
        var (one, other, empty) = (Histogram(), Histogram(), Histogram())
        one.observe(exemplar(400_000, 1, at: 10))
        one.observe(exemplar(20_000_000, 2, at: 10))
        other.observe(exemplar(300_000, 3, at: 20))
        other.observe(exemplar(21_000_000, 4, at: 5))
        other.observe(exemplar(3_000_000_000, 5, at: 5))
        empty.merge(one)
        empty.merge(Histogram())
        empty.merge(other)
        #expect(empty.count == 5)
        #expect(empty.sum == 400_000 + 20_000_000 + 300_000 + 21_000_000 + 3_000_000_000)
        #expect(empty.exemplars.compactMap { $0?.spanID } == [SpanID(3), SpanID(2), SpanID(5)])
    }

    @Test func mergingWithoutExemplarsOnOneSide() {
        var (plain, sampled) = (Histogram(), Histogram())
        plain.observe(400_000)
        sampled.observe(exemplar(400_000, 1, at: 1))
        var one = plain
        one.merge(sampled)
        var other = sampled
        other.merge(plain)
        #expect(one.counts == other.counts)
        #expect(one.exemplars == other.exemplars)
        #expect(one.exemplars[0]?.spanID == SpanID(1))
    }
}
