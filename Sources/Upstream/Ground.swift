internal import Exchange
internal import NIOCore

/// Where attempts are carried out: the upstream thread (`Driver`) or an event loop (`Station`). Everything of an attempt that runs
/// there is touched there alone.
class Ground {
    /// When what is being done began.
    final var now = MonotonicTime.now()
    final var deadlines = DeadlineHeap()

    /// The upstream as it is called from here; nil where it is not, or is no more.
    func origin(of upstream: UpstreamID) -> Origin? { nil }

    // Each sees to it that the attempt's sink is told, on its event loop, after what is being done.

    func tell(_ head: consuming AnswerHead, of attempt: Attempt) {}
    func tell(_ body: consuming ByteBuffer, of attempt: Attempt) {}
    func tell(_ outcome: consuming AttemptOutcome, of attempt: Attempt) {}

    /// Does what has been asked of the attempt since it was last seen to.
    final func see(to attempt: Attempt) {
        let signals = attempt.takeSignals()
        guard !signals.contains(.ended) else { return }
        let isCancelled = signals.contains(.cancel)
        if signals.contains(.start) {
            guard !isCancelled, let origin = origin(of: attempt.request.upstream) else { return refuse(attempt, .cancelled) }
            origin.start(attempt)
        } else if let carrier = attempt.carrier {
            isCancelled ? carrier.origin.end(carrier, .cancelled) : carrier.resume(room: signals.contains(.room), more: signals.contains(.more))
        }
    }

    /// Ends carriers whose time is over.
    final func expire() {
        while let member = deadlines.expired(at: now) {
            if let carrier = member as? Carrier { carrier.expire() }
        }
    }

    /// Ends an attempt that has not been on the wire.
    final func refuse(_ attempt: Attempt, _ failure: Failure) {
        attempt.close()
        tell(.refused(attempt, failure), of: attempt)
    }
}
