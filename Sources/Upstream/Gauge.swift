internal import Synchronization

/// What one upstream has going on, written by whoever changes it and read by metrics.
final class Gauge: Sendable {
    /// Sockets open to the upstream.
    let connections = Atomic<Int>(0)
    /// Attempts that have started and not ended.
    let inFlight = Atomic<Int>(0)
    /// The bound of `inFlight`.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Counts an attempt in; false where as many are running as may.
    func enter() -> Bool {
        guard inFlight.wrappingAdd(1, ordering: .relaxed).newValue > limit else { return true }
        leave()
        return false
    }

    func leave() { inFlight.wrappingSubtract(1, ordering: .relaxed) }
}
