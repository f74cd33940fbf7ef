/// Durations counted in buckets whose width grows with the value: every answer is within 0.4 % of the exact one, in a fixed
/// 58 KiB. Nanoseconds.
struct LatencyHistogram: Sendable {
    /// Buckets for each power of two.
    private static let fineness = 128
    private var counts = [Int](repeating: 0, count: 58 * LatencyHistogram.fineness)
    private(set) var count = 0
    private(set) var largest: UInt64 = 0

    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] += 1
        count += 1
        largest = max(largest, nanoseconds)
    }

    /// The smallest recorded value that a part `quantile` (0…1) of all values is not above, as its bucket knows it; 0 for none.
    func quantile(_ quantile: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        // 0.07 × 200 is a little above 14 in binary: such a hair must not cost a rank.
        let place = min(max(quantile, 0), 1) * Double(count) * (1 - 1e-12)
        let rank = max(1, Int(place.rounded(.up)))
        var seen = 0
        for (bucket, inside) in counts.enumerated() where inside > 0 {
            seen += inside
            if seen >= rank { return min(Self.middle(of: bucket), largest) }
        }
        return largest
    }

    /// Values below 256 have a bucket each; above, the seven bits after the leading one choose it.
    private static func bucket(of value: UInt64) -> Int {
        let shift = max(0, 63 - max(value, 1).leadingZeroBitCount - 7)
        return shift * fineness + Int(value >> UInt64(shift))
    }

    private static func middle(of bucket: Int) -> UInt64 {
        guard bucket >= 2 * fineness else { return UInt64(bucket) }
        let shift = UInt64(bucket / fineness - 1)
        let lowest = UInt64(bucket % fineness + fineness) << shift
        return lowest + (1 << shift) / 2
    }
}
