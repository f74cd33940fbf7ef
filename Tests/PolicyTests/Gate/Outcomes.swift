import Exchange

extension MonotonicTime {
    /// A point on a virtual clock.
    static func at(_ time: Duration) -> MonotonicTime { MonotonicTime(nanoseconds: 0).advanced(by: time) }
}

extension AttemptOutcome {
    static func ended(
        _ errorClass: ErrorClass? = nil, status: Int? = nil, retryAfter: Duration? = nil, quota: Quota? = nil, awaitedConnection: Bool = false
    ) -> AttemptOutcome {
        var outcome = AttemptOutcome(startedAt: MonotonicTime(nanoseconds: 0))
        outcome.errorClass = errorClass
        outcome.status = status
        outcome.retryAfter = retryAfter
        outcome.quota = quota
        outcome.awaitedConnection = awaitedConnection
        return outcome
    }

    static func answered(_ status: Int, retryAfter: Duration? = nil, quota: Quota? = nil) -> AttemptOutcome {
        ended(ErrorClass(status: status), status: status, retryAfter: retryAfter, quota: quota)
    }
}
