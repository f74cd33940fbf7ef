internal import Synchronization

/// The connections that calls to one upstream may have: `limit.connections` for all event loops together.
final class Seats: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    // Sequentially consistent against `giveBack`: of "one more waits" and "a seat is free", at least one side sees the other's.

    /// Takes a seat; false where none is left.
    func take() -> Bool {
        var seen = taken.load(ordering: .sequentiallyConsistent)
        while seen < limit {
            let (isTaken, now) = taken.compareExchange(expected: seen, desired: seen + 1, ordering: .sequentiallyConsistent)
            if isTaken { return true }
            seen = now
        }
        return false
    }

    /// - Returns: whether somebody waits for it.
    func giveBack() -> Bool {
        taken.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        return waiting.load(ordering: .sequentiallyConsistent) > 0
    }

    /// A call waits, or waits no longer.
    func waits(_ change: Int) { waiting.wrappingAdd(change, ordering: .sequentiallyConsistent) }

    /// Calls that wait on all event loops.
    var waitingCalls: Int { waiting.load(ordering: .relaxed) }

    var isFull: Bool { taken.load(ordering: .relaxed) >= limit }
}
