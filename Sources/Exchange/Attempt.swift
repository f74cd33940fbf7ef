/// What came of one HTTP request on the wire.
package struct AttemptOutcome: Sendable {
    /// The final status, where a status line arrived.
    package var status: Int?
    /// Why it counts as an error, `http_…` classes included; nil for a success.
    package var errorClass: ErrorClass?
    /// What went wrong in words, for logs and problems; never a secret. Empty for a success.
    package var detail: String
    package var startedAt: MonotonicTime
    package var firstByteAt: MonotonicTime?
    package var endedAt: MonotonicTime
    package var requestBodyBytes: Int
    package var responseBodyBytes: Int
    /// Where the connection went; nil where there was none.
    package var peerAddress: String?
    package var peerPort: Int?
    /// "1.1" or "2", nil where no connection was made.
    package var protocolVersion: String?
    package var reusedConnection: Bool
    /// It ended while it waited for one of the upstream's `limit.connections`: our own limit stopped it, and nothing of it was
    /// on the wire. Its class is `rate_limited`, or `cancelled` where it was ended from outside.
    package var awaitedConnection = false
    /// Of class `tls`: whether it was the upstream's certificate that was not accepted.
    package var certificateRejected = false
    /// What `Retry-After` of a 429 or 503 asked for.
    package var retryAfter: Duration?
    /// What the answer said of the quota that is left, whatever its status.
    package var quota: Quota?

    package init(startedAt: MonotonicTime) {
        self.startedAt = startedAt
        self.endedAt = startedAt
        self.detail = ""
        self.requestBodyBytes = 0
        self.responseBodyBytes = 0
        self.reusedConnection = false
    }

    /// The label of `pantograph_upstream_attempt_duration_seconds`: `success` or the error's class.
    package var label: String { errorClass?.rawValue ?? "success" }
}

/// What an upstream's answer says of a quota: the tightest where it names several (RateLimit draft, or the `X-RateLimit-*`
/// that came before it).
package struct Quota: Sendable, Hashable {
    /// Calls that are left.
    package var remaining: Int
    /// Until they are more again; nil where it is not said.
    package var reset: Duration?

    package init(remaining: Int, reset: Duration?) {
        self.remaining = remaining
        self.reset = reset
    }
}
