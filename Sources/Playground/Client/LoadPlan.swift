import Exchange

/// Which calls are due when, and when to stop. Times are nanoseconds since the start of the run.
struct LoadPlan: Sendable, Equatable {
    /// Calls in a second; nil to make the next call as soon as one is answered.
    var rate: Double?
    /// No call is due later than this; nil for no such end.
    var duration: Duration?
    /// Calls in all; nil for no such end.
    var requests: Int?
    /// Whether each call is due at any moment of its share of the time, in place of the share's beginning. Calls at even distances
    /// meet whatever else recurs, such as answers to earlier ones, either always or never.
    var isUneven = false

    /// When call number `index`, from 0, is due; nil where it is beyond the end. In a closed loop every call is due at once.
    func due(_ index: Int) -> UInt64? {
        if let requests, index >= requests { return nil }
        guard let rate else { return 0 }
        let (share, end) = (1e9 / rate, Double(duration?.nanoseconds ?? .max))
        let beginning = Double(index) * share
        guard beginning < end else { return nil }
        return UInt64(isUneven ? min(beginning + Self.scattered(index) * share, end) : beginning)
    }

    /// From 0 to below 1, scattered, and the same in every run.
    private static func scattered(_ index: Int) -> Double {
        var generator = SeededGenerator(seed: UInt64(index))
        return .random(in: 0..<1, using: &generator)
    }

    /// Whether a call may still be begun at `now`. What an open loop owes from before its end may.
    func mayBegin(_ index: Int, at now: UInt64) -> Bool {
        guard let due = due(index) else { return false }
        if rate != nil { return due <= now }
        return duration.map { now < UInt64(max(0, $0.nanoseconds)) } ?? true
    }

    /// Calls that an open loop has promised in all; nil where only the answers decide.
    var promised: Int? {
        guard let rate else { return requests }
        guard let duration else { return requests }
        let byTime = (Double(max(0, duration.nanoseconds)) / 1e9 * rate).rounded(.up)
        return min(byTime < 9e15 ? Int(byTime) : .max, requests ?? .max)
    }
}
