internal import Exchange
internal import Synchronization

/// Tells those who listen of exchanges as they end. While nobody does, nothing is done; while somebody does, what recorders
/// remember is looked through twenty times a second, away from the event loops.
final class Tap: Sendable {
    static let mostSubscribers = 8
    private static let interval: Duration = .milliseconds(50)

    private struct State {
        var subscriptions: [TapSubscription] = []
        var poll: TapPoll?
    }

    private let recents: Recents
    private let now: @Sendable () -> MonotonicTime
    private let state = Mutex(State())

    init(_ recents: Recents, now: @escaping @Sendable () -> MonotonicTime) {
        self.recents = recents
        self.now = now
    }

    /// nil where as many listen as may.
    func subscribe(_ filter: RecentFilter, wake: @escaping @Sendable () -> Void) -> TapSubscription? {
        let subscription = TapSubscription(filter, wake: wake) { [weak self] in self?.remove($0) }
        let begins: Bool? = state.withLock { state in
            guard state.subscriptions.count < Tap.mostSubscribers else { return nil }
            state.subscriptions.append(subscription)
            guard state.poll == nil else { return false }
            state.poll = TapPoll(from: recents.totals)
            return true
        }
        guard let begins else { return nil }
        if begins { run() }
        return subscription
    }

    private func remove(_ subscription: TapSubscription) {
        state.withLock { $0.subscriptions.removeAll { $0 === subscription } }
    }

    private func run() {
        Task.detached(priority: .utility) { [weak self] in
            while self?.look() ?? false { try? await Task.sleep(for: Tap.interval) }
        }
    }

    /// False once nobody listens.
    private func look() -> Bool {
        let news = state.withLock { state -> (told: [RecentExchange], missed: Int, to: [TapSubscription])? in
            guard !state.subscriptions.isEmpty, var poll = state.poll else {
                state.poll = nil
                return nil
            }
            let (told, missed) = poll.look(recents, at: now())
            state.poll = poll
            return (told, missed, state.subscriptions)
        }
        guard let news else { return false }
        for subscription in news.to { subscription.offer(news.told, missed: news.missed) }
        return true
    }
}
