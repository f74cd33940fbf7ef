import Exchange
import Testing

@testable import Telemetry

@Suite struct RingTests {
    @Test func theNewestAreKeptInTheirOrder() {
        for bound in 1...5 {
            var ring = Ring<Int>(bound: bound)
            for number in 0..<17 {
                ring.append(number)
                #expect(ring.all == Array(max(0, number + 1 - bound)...number), "bound \(bound)")
                #expect(ring.total == UInt64(number + 1))
            }
        }
    }

    @Test func whatCameAfterAPlaceIsToldAsFarAsItIsKept() {
        var ring = Ring<Int>(bound: 3)
        #expect(ring.since(0).isEmpty && ring.since(9).isEmpty)
        for number in 0..<5 { ring.append(number) }
        #expect(ring.since(0) == [2, 3, 4] && ring.since(2) == [2, 3, 4] && ring.since(4) == [4] && ring.since(5).isEmpty && ring.since(9).isEmpty)
    }

    @Test func withoutABoundAboveZeroNothingIsKept() {
        for bound in [0, -1] {
            var ring = Ring<Int>(bound: bound)
            ring.append(1)
            #expect(ring.all.isEmpty && ring.total == 0)
        }
    }
}
