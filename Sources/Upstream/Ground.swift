internal import Exchange
internal import NIOCore

/// Where attempts are carried out: the upstream thread (`Driver`) or an event loop (`Station`). Everything of an attempt that runs
/// there is touched there alone.
class Ground {
    /// When what is being done began.
    final var now = MonotonicTime.now()
    final var deadlines = DeadlineHeap()
    /// What is about to be sent.
    final let output = SendBuffer()

    /// The upstream as it is called from here; nil where it is not, or is no more.
    func origin(of upstream: UpstreamID) -> Origin? { nil }

    /// Does what something that has happened on a connection calls for.
    func happens(_ body: () -> Void) { body() }

    // Connections, which libcurl opens on the upstream thread.

    /// Orders a connection, or withdraws the order; false where nobody hears it any more.
    func order(_ order: ConnectionOrder) -> Bool { false }
    /// Called on the upstream thread: what has come of an order of this ground's.
    func answer(_ order: ConnectionOrder, _ result: Result<OpenConnection, Failure>) {}
    /// Has every other ground from which the upstream is called look whether it has something to give up, or somebody to seat.
    func askOthers(of upstream: Int) {}
    /// Looks, soon, whether somebody can be seated or something be given up.
    func lookAgain(at upstream: Int) {}

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
