package import Exchange

/// What differs by itself between two answers of a primary to the same call, and so says nothing of a mirror.
///
/// A path is ignored for `lifetime` from when it was last seen to differ.
package struct NoisePaths: Sendable {
    /// Paths that are remembered; the one that was seen last is kept at the cost of the one that was not seen for longest.
    package static let bound = 200
    package static let lifetime: Duration = .seconds(3600)

    package struct Entry: Sendable, Hashable {
        package var path: String
        /// How often it has differed.
        package var count: UInt64
        package var lastSeen: MonotonicTime
    }

    private var entries: [String: Entry] = [:]
    /// Pairs of answers of the primary that were compared.
    package private(set) var compared: UInt64 = 0

    package init() {}

    /// Takes in what came of comparing two answers of the primary. Only what has a narrow place is learnt: a status, or a whole
    /// body, is not.
    package mutating func learn(_ agreement: Agreement, at time: MonotonicTime) {
        compared += 1
        guard agreement.result != .status else { return }
        for difference in agreement.differences where difference.path != Difference.body {
            var entry = entries[difference.path] ?? Entry(path: difference.path, count: 0, lastSeen: time)
            entry.count += 1
            entry.lastSeen = time
            if entries[entry.path] == nil, entries.count >= NoisePaths.bound { dropOldest() }
            entries[entry.path] = entry
        }
    }

    /// Those that are ignored at `time`, those that differed most often first.
    package mutating func ignored(at time: MonotonicTime) -> [Entry] {
        let lifetime = UInt64(NoisePaths.lifetime.nanoseconds)
        entries = entries.filter { time.nanoseconds(since: $0.value.lastSeen) < lifetime }
        return entries.values.sorted { ($1.count, $0.path) < ($0.count, $1.path) }
    }

    private mutating func dropOldest() {
        if let oldest = entries.values.min(by: { $0.lastSeen < $1.lastSeen }) { entries[oldest.path] = nil }
    }
}
