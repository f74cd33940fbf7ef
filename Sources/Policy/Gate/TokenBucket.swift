package import Exchange

/// An upstream's `limit.rate` and `limit.burst`: over any window of time at most `count` / `per` × window + `burst` calls begin.
///
/// Reckoned in whole numbers, of which a token is `per` nanoseconds' worth and a nanosecond brings `count`: nothing is rounded, so
/// that nothing drifts however long it runs. It begins full.
package struct TokenBucket: Sendable {
    /// What one nanosecond brings.
    private let count: UInt64
    /// What one token is worth.
    private let price: UInt64
    private let capacity: UInt128
    private var level: UInt128
    /// When `level` was reckoned. The clock of a bucket never goes back.
    private var reckonedAt = MonotonicTime(nanoseconds: 0)

    /// Numbers below 1 count as 1.
    package init(_ settings: RateSettings) {
        count = UInt64(max(1, settings.count))
        price = UInt64(max(1, settings.per.nanoseconds))
        capacity = UInt128(price) * UInt128(max(1, settings.burst))
        level = capacity
    }

    /// Takes a token.
    ///
    /// - Returns: nil where there was one; else the first moment at which there will be, if nobody else takes it.
    package mutating func take(at now: MonotonicTime) -> MonotonicTime? {
        level = min(capacity, level + gain(from: reckonedAt, to: now))
        reckonedAt = max(reckonedAt, now)
        guard level < UInt128(price) else {
            level -= UInt128(price)
            return nil
        }
        let wait = (UInt128(price) - level + UInt128(count) - 1) / UInt128(count)
        return reckonedAt.advanced(by: .nanoseconds(Int64(clamping: wait)))
    }

    /// Puts back the token of a call that never began, as far as time has not brought another in its place meanwhile: a bucket
    /// that is full again has made up for it already, and would hold one too many.
    package mutating func giveBack(takenAt taken: MonotonicTime, at now: MonotonicTime) {
        let gained = min(UInt128(price), gain(from: taken, to: now))
        level = min(capacity, level + UInt128(price) - gained)
    }

    private func gain(from start: MonotonicTime, to end: MonotonicTime) -> UInt128 {
        UInt128(end.nanoseconds(since: start)) * UInt128(count)
    }
}
