internal import Exchange

/// How many attempts ended, and how many of them failed, within the last while: ten parts of the window, each of which is
/// forgotten as a whole, so that its memory does not grow. What is counted is between nine tenths of the window and all of it.
struct AttemptWindow: Sendable {
    static let parts = 10

    private struct Part: Sendable {
        /// Which part of time it counts: the time divided by `width`.
        var number: UInt64 = 0
        var attempts = 0
        var failures = 0
    }

    /// In nanoseconds.
    private let width: UInt64
    private var ring = [Part](repeating: Part(), count: AttemptWindow.parts)
    private var newest: UInt64 = 0

    init(_ window: Duration) { width = UInt64(max(1, window.nanoseconds / Int64(AttemptWindow.parts))) }

    /// - Returns: what the window holds with this one.
    mutating func add(failed: Bool, at now: MonotonicTime) -> (attempts: Int, failures: Int) {
        newest = max(newest, now.nanoseconds / width)
        let place = Int(newest % UInt64(AttemptWindow.parts))
        if ring[place].number != newest { ring[place] = Part(number: newest) }
        ring[place].attempts += 1
        if failed { ring[place].failures += 1 }
        return total
    }

    mutating func clear() {
        for place in ring.indices { ring[place] = Part() }
    }

    private var total: (attempts: Int, failures: Int) {
        ring.reduce(into: (0, 0)) { total, part in
            guard newest - part.number < UInt64(AttemptWindow.parts) else { return }
            total.0 += part.attempts
            total.1 += part.failures
        }
    }
}
