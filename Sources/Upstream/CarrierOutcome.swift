internal import Exchange

/// What became of an attempt, in the end.
extension Carrier {
    /// - Parameter failure: why there is no whole answer; nil where there is one.
    func outcome(_ failure: Failure?) -> AttemptOutcome {
        var outcome = AttemptOutcome(startedAt: startedAt)
        // What is being done may have begun before the attempt did.
        outcome.endedAt = max(ground.now, progress.firstByteAt ?? startedAt)
        outcome.status = progress.reader.hasFinalStatus ? progress.reader.status : nil
        outcome.firstByteAt = progress.firstByteAt
        outcome.requestBodyBytes = progress.bodySent
        outcome.responseBodyBytes = progress.answerBytes
        outcome.awaitedConnection = awaitsConnection && (failure?.errorClass == .rateLimited || failure?.errorClass == .cancelled)
        noteConnection(&outcome)
        noteError(&outcome, failure)
        if progress.reader.isComplete { outcome.quota = progress.reader.quota?.quota(now: .now()) }
        return outcome
    }

    private func noteConnection(_ outcome: inout AttemptOutcome) {
        guard progress.connectedAt != nil else { return }
        outcome.peerAddress = progress.peerAddress
        outcome.peerPort = progress.peerPort
        outcome.reusedConnection = progress.reusesConnection
        // What TLS agreed on is known by the answer only.
        outcome.protocolVersion = progress.reader.version ?? (origin.settings.usesHTTP2 ? nil : "1.1")
    }

    private func noteError(_ outcome: inout AttemptOutcome, _ failure: Failure?) {
        if let failure {
            outcome.errorClass = failure.errorClass
            outcome.detail = failure.detail
            outcome.certificateRejected = failure.certificateRejected
            return
        }
        guard let status = outcome.status, let errorClass = ErrorClass(status: status) else { return }
        outcome.errorClass = errorClass
        outcome.detail = "answered with status \(status)"
        guard status == 429 || status == 503, let text = progress.reader.retryAfter else { return }
        outcome.retryAfter = RetryAfter.duration(text, now: .now())
    }
}

extension AttemptOutcome {
    /// Of an attempt that was never on the wire.
    static func refused(_ attempt: Attempt, _ failure: Failure) -> AttemptOutcome {
        var outcome = AttemptOutcome(startedAt: attempt.startedAt)
        outcome.endedAt = .now()
        outcome.awaitedConnection = failure.errorClass == .cancelled
        outcome.errorClass = failure.errorClass
        outcome.detail = failure.detail
        return outcome
    }
}
