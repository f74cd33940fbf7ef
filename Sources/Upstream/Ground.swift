internal import Exchange

/// Where attempts are carried out: the upstream thread (`Driver`) or an event loop (`Station`). Everything of an attempt that runs
/// there is touched there alone.
class Ground {
    /// When what is being done began.
    final var now = MonotonicTime.now()
    final var deadlines = DeadlineHeap()

    /// Sees to it that the attempt's sink is told, on its event loop, after what is being done.
    func tell(_ news: consuming News, of attempt: Attempt) {}

    /// Ends carriers whose time is over.
    final func expire() {
        while let member = deadlines.expired(at: now) {
            if let carrier = member as? Carrier { carrier.expire() }
        }
    }

    /// Ends an attempt that has not been on the wire.
    final func refuse(_ attempt: Attempt, _ failure: Failure) {
        attempt.close()
        tell(.ended(.refused(attempt, failure)), of: attempt)
    }
}
