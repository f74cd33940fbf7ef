internal import Exchange

/// How long calls took within the last 60 s, for percentiles, and how long in all.
///
/// Time is cut into slices of 5 s and the twelve newest are kept, the one being filled included: what is counted is never
/// older than 60 s, and at least the last 55 s are. A slice holds only the octaves that were seen, 512 bytes each: usual
/// latencies span six or so, which is 40 KiB for the whole window; the most it can take is 200 KiB (33 octaves).
struct LatencyWindow: Sendable {
    static let sliceNanoseconds: UInt64 = 5_000_000_000
    static let sliceCount = 12

    /// Durations ever recorded, and their sum in nanoseconds.
    private(set) var count: UInt64 = 0
    private(set) var sum: UInt64 = 0
    /// Empty until the first record; a slice's place is its number modulo `sliceCount`.
    private var slices: [Slice] = []

    /// - Parameter time: when the call ended.
    mutating func record(_ nanoseconds: UInt64, at time: MonotonicTime) {
        count &+= 1
        sum &+= nanoseconds
        if slices.isEmpty { slices = Array(repeating: Slice(), count: Self.sliceCount) }
        let number = time.nanoseconds / Self.sliceNanoseconds
        let place = Int(truncatingIfNeeded: number % UInt64(Self.sliceCount))
        if slices[place].number != number {
            // A record that comes so late that its slice is gone counts in the sums alone.
            guard slices[place].isEmpty || slices[place].number < number else { return }
            slices[place].restart(number)
        }
        slices[place].add(nanoseconds)
    }

    mutating func merge(_ other: LatencyWindow) {
        count &+= other.count
        sum &+= other.sum
        guard !other.slices.isEmpty else { return }
        guard !slices.isEmpty else { return slices = other.slices }
        for place in slices.indices { slices[place].merge(other.slices[place]) }
    }

    /// What was recorded within the window that ends at `now`.
    func distribution(at now: MonotonicTime) -> LatencyDistribution {
        var distribution = LatencyDistribution()
        let newest = now.nanoseconds / Self.sliceNanoseconds
        for slice in slices where slice.number <= newest && newest - slice.number < UInt64(Self.sliceCount) {
            slice.add(to: &distribution)
        }
        return distribution
    }
}

extension LatencyWindow {
    /// The durations that ended within one span of 5 s.
    private struct Slice: Sendable {
        private(set) var number: UInt64 = 0
        /// Where the counts of each row begin, in units of a row; `absent` for a row not seen.
        private var rows: [UInt8] = []
        private var counts: [UInt32] = []
        private static let absent: UInt8 = .max

        var isEmpty: Bool { counts.isEmpty }

        mutating func restart(_ number: UInt64) {
            self.number = number
            counts.removeAll(keepingCapacity: true)
            rows.removeAll(keepingCapacity: true)
        }

        mutating func add(_ nanoseconds: UInt64) {
            let (row, column) = LatencyScale.place(nanoseconds)
            let start = start(of: row)
            counts[start + column] &+= 1
        }

        private mutating func start(of row: Int) -> Int {
            if rows.isEmpty { rows.append(contentsOf: repeatElement(Self.absent, count: LatencyScale.rows)) }
            if rows[row] == Self.absent {
                rows[row] = UInt8(truncatingIfNeeded: counts.count / LatencyScale.columns)
                counts.append(contentsOf: repeatElement(0, count: LatencyScale.columns))
            }
            return Int(rows[row]) * LatencyScale.columns
        }

        mutating func merge(_ other: Slice) {
            guard !other.isEmpty, isEmpty || number <= other.number else { return }
            guard !isEmpty, number == other.number else { return self = other }
            for row in other.rows.indices where other.rows[row] != Self.absent {
                let from = Int(other.rows[row]) * LatencyScale.columns
                let to = start(of: row)
                for column in 0..<LatencyScale.columns { counts[to + column] &+= other.counts[from + column] }
            }
        }

        func add(to distribution: inout LatencyDistribution) {
            for row in rows.indices where rows[row] != Self.absent {
                let start = Int(rows[row]) * LatencyScale.columns
                for column in 0..<LatencyScale.columns where counts[start + column] > 0 {
                    distribution.add(UInt64(counts[start + column]), row: row, column: column)
                }
            }
        }
    }
}

/// Durations by size, ready to be asked for percentiles.
struct LatencyDistribution: Sendable {
    private(set) var count: UInt64 = 0
    private var counts = [UInt64](repeating: 0, count: LatencyScale.rows * LatencyScale.columns)

    mutating func add(_ number: UInt64, row: Int, column: Int) {
        counts[row * LatencyScale.columns + column] &+= number
        count &+= number
    }

    /// The duration, in seconds, that the part `quantile` (0…1) of all did not exceed, by nearest rank; NaN where there are none.
    func quantile(_ quantile: Double) -> Double {
        guard count > 0 else { return .nan }
        let rank = max(1, min(count, UInt64((Double(count) * quantile).rounded(.up))))
        var passed: UInt64 = 0
        for place in counts.indices {
            passed &+= counts[place]
            if passed >= rank {
                return LatencyScale.seconds(row: place / LatencyScale.columns, column: place % LatencyScale.columns)
            }
        }
        return .nan
    }
}
