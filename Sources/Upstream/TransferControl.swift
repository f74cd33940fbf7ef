internal import CCurl
internal import Exchange

/// What the upstream thread does to a transfer from outside libcurl.
extension Transfer {
    /// Whether it is paused in one direction or both.
    var isHeld: Bool { progress.isAnswerHeld || progress.isBodyHeld }

    /// Goes on where it was held.
    ///
    /// - Parameters:
    ///   - room: the sink has taken enough of the answer.
    ///   - more: there is more of the request's body, or none is needed any more.
    func resume(room: Bool, more: Bool) {
        let freesAnswer = room && progress.isAnswerHeld
        let freesBody = more && progress.isBodyHeld
        guard freesAnswer || freesBody else { return }
        if freesAnswer {
            progress.isAnswerHeld = false
            attempt?.goOn()
        }
        if freesBody { progress.isBodyHeld = false }
        let held = (progress.isAnswerHeld ? CURLPAUSE_RECV : 0) | (progress.isBodyHeld ? CURLPAUSE_SEND : 0)
        // Calls the callback for what it had put aside before it returns; that callback may hold again.
        let code = curl_easy_pause(easy, held)
        // Without a connection there is nothing to go on with: libcurl ends the transfer by itself.
        if code != CURLE_OK, code != CURLE_BAD_FUNCTION_ARGUMENT { origin.end(self, failure(code) ?? .cancelled) }
    }

    /// A deadline may be over: ends the attempt where it is, else waits for the next.
    func expire() {
        guard let attempt else { return }
        var deadline = progress.deadline(startedAt: attempt.startedAt, origin.times)
        if deadline.errorClass == .connectTimeout, deadline.at <= origin.driver.now, waitsForOthers {
            progress.awaitsConnection = true
            deadline = progress.deadline(startedAt: attempt.startedAt, origin.times)
        }
        guard deadline.at <= origin.driver.now else { return origin.driver.deadlines.arm(self, at: deadline.at) }
        origin.end(self, timeout(deadline.errorClass))
    }

    /// Whether it has not begun to connect because as many connections are open as may be.
    private var waitsForOthers: Bool {
        awaitsConnection && origin.gauge.connections.load(ordering: .relaxed) >= origin.settings.connections
    }

    /// Whether it has no connection and has not begun to make one: nothing of it has been on the wire.
    var awaitsConnection: Bool { progress.connectingSince == nil && progress.connectedAt == nil }

    private func timeout(_ errorClass: ErrorClass) -> Failure {
        let timeouts = origin.settings.timeouts
        let bound = errorClass == .firstByteTimeout ? timeouts.firstByte : timeouts.total
        return switch errorClass {
        case .connectTimeout: Failure(.connectTimeout, "no connection within \(timeouts.connect)")
        case _ where awaitsConnection:
            Failure(.rateLimited, "none of \(origin.settings.connections) connections was free within \(bound), the bound of its limit.connections")
        case .firstByteTimeout: Failure(.firstByteTimeout, "no answer within \(bound)")
        default: Failure(errorClass, "the answer was not complete within \(bound)")
        }
    }
}
