internal import Exchange

/// The time for which an upstream has asked to be left alone. A later word may lengthen it and never shorten it.
struct Pause: Sendable {
    private var until = MonotonicTime(nanoseconds: 0)
    /// Nanoseconds spent paused up to `countedTo`, each counted once however many pauses lay over it.
    private var counted: UInt64 = 0
    private var countedTo = MonotonicTime(nanoseconds: 0)

    var hasNeverBegun: Bool { until.nanoseconds == 0 }

    /// When it ends; nil where there is none.
    func end(at now: MonotonicTime) -> MonotonicTime? { now < until ? until : nil }

    /// What is left of it; nil where there is none.
    func left(at now: MonotonicTime) -> Duration? {
        end(at: now).map { .nanoseconds(Int64(clamping: $0.nanoseconds(since: now))) }
    }

    /// - Returns: how long it is from now on, where it begins or grows by a second or more: nobody wants to be told of each
    ///   answer that puts off its end by what it came later.
    mutating func lengthen(by duration: Duration, at now: MonotonicTime) -> Duration? {
        _ = total(at: now)
        let end = now.advanced(by: duration)
        guard end > until, end > now else { return nil }
        let isTold = until <= now || end.nanoseconds(since: until) >= Pause.growthTold
        until = end
        return isTold ? duration : nil
    }

    private static let growthTold: UInt64 = 1_000_000_000

    /// Nanoseconds spent paused up to now.
    mutating func total(at now: MonotonicTime) -> UInt64 {
        counted += min(now, until).nanoseconds(since: countedTo)
        countedTo = max(countedTo, now)
        return counted
    }
}
