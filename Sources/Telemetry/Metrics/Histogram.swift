internal import Exchange

/// How often something took how long, in fixed buckets, with the last sampled trace in each.
///
/// Takes no memory until the first observation, then 168 bytes, and 900 more once a sampled trace has been seen.
struct Histogram: Sendable {
    /// Upper bounds, inclusive, in nanoseconds: those of the OpenTelemetry HTTP conventions (5 ms…10 s) and three finer
    /// ones, since calls here begin on loopback.
    static let bounds: [UInt64] = [
        500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 75_000_000, 100_000_000, 250_000_000,
        500_000_000, 750_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 7_500_000_000, 10_000_000_000,
    ]

    /// Those and longer ones, up to a day: a delivery may wait in the spool.
    static let longBounds: [UInt64] = bounds + [30, 60, 300, 900, 3600, 21_600, 86_400].map { $0 * 1_000_000_000 }

    /// What is measured.
    enum Scale: Sendable {
        case calls
        /// Calls, and what they wait for.
        case waits

        var bounds: [UInt64] { self == .calls ? Histogram.bounds : Histogram.longBounds }
    }

    /// A trace that fell into a bucket (OpenMetrics 1.0, "Exemplars").
    struct Exemplar: Sendable, Equatable {
        var traceID: TraceID
        var spanID: SpanID
        var nanoseconds: UInt64
        var at: WallTime
    }

    /// Upper bounds of its buckets but the last, in nanoseconds: its own reference to them, so that to look at one takes none.
    let bounds: [UInt64]
    /// Observations in each bucket alone, the last above every bound; empty before the first.
    private(set) var counts: [UInt64] = []
    /// Nanoseconds in all.
    private(set) var sum: UInt64 = 0
    /// The last in each bucket; empty before the first.
    private(set) var exemplars: [Exemplar?] = []

    init(_ scale: Scale = .calls) { bounds = scale.bounds }

    var count: UInt64 { counts.reduce(0, &+) }
    var isEmpty: Bool { counts.isEmpty }

    mutating func observe(_ nanoseconds: UInt64) { _ = add(nanoseconds) }

    mutating func observe(_ exemplar: Exemplar) {
        let bucket = add(exemplar.nanoseconds)
        if exemplars.isEmpty { exemplars = Array(repeating: nil, count: counts.count) }
        exemplars[bucket] = exemplar
    }

    private mutating func add(_ nanoseconds: UInt64) -> Int {
        if counts.isEmpty { counts = Array(repeating: 0, count: bounds.count + 1) }
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        counts[bucket] &+= 1
        sum &+= nanoseconds
        return bucket
    }

    mutating func merge(_ other: Histogram) {
        guard !other.isEmpty else { return }
        guard !isEmpty else { return self = other }
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        sum &+= other.sum
        guard !exemplars.isEmpty, !other.exemplars.isEmpty else {
            if exemplars.isEmpty { exemplars = other.exemplars }
            return
        }
        for bucket in exemplars.indices { exemplars[bucket] = Self.later(exemplars[bucket], other.exemplars[bucket]) }
    }

    private static func later(_ one: Exemplar?, _ other: Exemplar?) -> Exemplar? {
        guard let one, let other else { return one ?? other }
        return one.at < other.at ? other : one
    }
}
