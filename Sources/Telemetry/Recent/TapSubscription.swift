internal import Synchronization

/// One that listens to exchanges as they end, with what it has not taken yet.
package final class TapSubscription: Sendable {
    /// Exchanges that wait for it; what comes meanwhile is missed, and counted.
    package static let longestQueue = 256

    private struct State {
        var queue: [RecentExchange] = []
        var missed = 0
    }

    private let filter: RecentFilter
    private let wake: @Sendable () -> Void
    private let leave: @Sendable (TapSubscription) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - wake: called when there is something to take after there was nothing; on any thread.
    ///   - leave: called by `cancel`.
    init(_ filter: RecentFilter, wake: @escaping @Sendable () -> Void, leave: @escaping @Sendable (TapSubscription) -> Void) {
        self.filter = filter
        self.wake = wake
        self.leave = leave
    }

    /// - Parameter missed: how many went by unseen, of whatever kind.
    func offer(_ exchanges: [RecentExchange], missed: Int) {
        let matching = exchanges.filter { filter.matches($0) }
        guard !matching.isEmpty || missed > 0 else { return }
        let wasIdle = state.withLock { state in
            let wasIdle = state.queue.isEmpty && state.missed == 0
            let room = TapSubscription.longestQueue - state.queue.count
            state.queue += matching.prefix(room)
            state.missed += missed + max(0, matching.count - room)
            return wasIdle
        }
        if wasIdle { wake() }
    }

    /// What has come since the last time, and how many were missed after it.
    package func take() -> (exchanges: [RecentExchange], missed: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.queue, state.missed)
        }
    }

    /// Ends it; nothing comes from then on.
    package func cancel() { leave(self) }
}
