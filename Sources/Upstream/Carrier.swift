internal import Exchange
internal import NIOCore

/// What carries out one attempt at a time, and is used again for one after another: `Transfer` by libcurl as a whole, `Call` on
/// a connection that libcurl has opened. In here is what they have in common: how far the attempt has come, by when it must
/// have come further, and what is told of it.
///
/// Lives on one ground. Its origin owns it and lets go of it at the end, which breaks the cycle.
class Carrier: Deadlined {
    let origin: Origin
    let ground: Ground
    /// The place in `Origin`'s table.
    final var place = 0
    final private(set) var attempt: Attempt?
    // The attempt's, or those of the last one.
    final private(set) var startedAt = MonotonicTime.never
    final private(set) var wantsAnswer = false
    final var progress = Progress()

    init(_ origin: Origin) {
        self.origin = origin
        ground = origin.ground
    }

    // MARK: What each does in its own way

    /// Puts the attempt on the wire, now or when it can be.
    ///
    /// - Returns: why not, where the request can't be put on the wire as it is.
    func begin(_ attempt: Attempt) -> Failure? { nil }

    /// Goes on where it was held.
    ///
    /// - Parameters:
    ///   - room: the sink has taken enough of the answer.
    ///   - more: there is more of the request's body, or none is needed any more.
    func resume(room: Bool, more: Bool) {}

    /// The attempt is over: lets go of what carried it.
    ///
    /// - Parameter isSound: whether the connection may carry another, as far as the outcome tells.
    func letGo(isSound: Bool) {}

    // MARK: Around an attempt

    /// - Parameter framesHere: whether the answer's framing is read here, rather than by libcurl.
    final func take(_ attempt: Attempt, framesHere: Bool) {
        self.attempt = attempt
        (startedAt, wantsAnswer) = (attempt.startedAt, attempt.request.wantsAnswer)
        attempt.carrier = self
        progress = Progress(AnswerReader(keepsFields: wantsAnswer, isHead: attempt.request.method == "HEAD", onlyHTTP1: framesHere))
    }

    /// - Returns: the attempt, which it has no longer; nil where it had none.
    @discardableResult
    final func leave() -> Attempt? {
        guard let attempt = attempt.take() else { return nil }
        attempt.carrier = nil
        return attempt
    }

    /// Whether it has no connection and has not begun to make one: nothing of it has been on the wire.
    final var awaitsConnection: Bool { progress.connectingSince == nil && progress.connectedAt == nil }

    /// A name is being resolved or a socket opened for this very attempt.
    final func connecting() {
        guard progress.connectingSince == nil else { return }
        progress.connectingSince = ground.now
        armDeadline()
    }

    final func tell(_ head: consuming AnswerHead) {
        guard wantsAnswer, let attempt else { return }
        ground.tell(head, of: attempt)
    }

    // MARK: Deadlines

    final func armDeadline() {
        // Whatever the attempt waits for, it is not due before that.
        guard attempt != nil else { return }
        let earliest = origin.times.earliest(after: startedAt, isConnected: progress.connectedAt != nil)
        guard !isArmed || due > earliest else { return }
        let deadline = progress.deadline(startedAt: startedAt, origin.times)
        ground.deadlines.arm(self, at: deadline.at)
    }

    /// A deadline may be over: ends the attempt where it is, else waits for the next.
    final func expire() {
        guard attempt != nil else { return }
        var deadline = progress.deadline(startedAt: startedAt, origin.times)
        if deadline.errorClass == .connectTimeout, deadline.at <= ground.now, waitsForOthers {
            progress.awaitsConnection = true
            deadline = progress.deadline(startedAt: startedAt, origin.times)
        }
        guard deadline.at <= ground.now else { return ground.deadlines.arm(self, at: deadline.at) }
        origin.end(self, timeout(deadline.errorClass))
    }

    /// Whether it has not begun to connect because as many connections are open as may be.
    private var waitsForOthers: Bool { awaitsConnection && origin.isFull }

    private func timeout(_ errorClass: ErrorClass) -> Failure {
        let timeouts = origin.settings.timeouts
        let bound = errorClass == .firstByteTimeout ? timeouts.firstByte : timeouts.total
        return switch errorClass {
        case .connectTimeout: Failure(.connectTimeout, "no connection within \(timeouts.connect)")
        case _ where awaitsConnection && !progress.isGathering:
            Failure(.rateLimited, "none of \(origin.settings.connections) connections was free within \(bound), the bound of its limit.connections")
        case .firstByteTimeout: Failure(.firstByteTimeout, "no answer within \(bound)")
        default: Failure(errorClass, "the answer was not complete within \(bound)")
        }
    }
}

extension Failure {
    /// A kept connection that dies before the answer. Whether the request may be sent again is not decided here.
    static var lostConnection: Failure {
        Failure(.reset, "the kept connection was lost before the answer; the request was not sent again")
    }

    static func refusedCharacter(_ what: String) -> Failure { Failure(.protocol, "\(what) holds a character that may not be sent") }
}
