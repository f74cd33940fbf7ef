/// Why a call failed: the same words in problems, metrics, spans, logs and dead letters. Their raw values are the labels.
package enum ErrorClass: String, CaseIterable, Sendable, Hashable {
    case dns
    case connectRefused = "connect_refused"
    case connectTimeout = "connect_timeout"
    case tls
    case firstByteTimeout = "first_byte_timeout"
    case totalTimeout = "total_timeout"
    case reset
    case `protocol`
    case http4xx = "http_4xx"
    case http429 = "http_429"
    case http5xx = "http_5xx"
    case cancelled
    case breakerOpen = "breaker_open"
    case rateLimited = "rate_limited"
    case bodyTooLarge = "body_too_large"
    case spoolFull = "spool_full"
    /// Of an exchange alone: no route matches, so no upstream is named.
    case noRoute = "no_route"
    /// Of an exchange alone: the request has been through this sidecar before.
    case loop

    /// The class of a final status, nil for one that is no error.
    package init?(status: Int) {
        switch status {
        case 429: self = .http429
        case 400..<500: self = .http4xx
        case 500...: self = .http5xx
        default: return nil
        }
    }

    /// Whether it tells an answer's status and no failure of the call itself.
    package var isOfStatus: Bool { self == .http4xx || self == .http429 || self == .http5xx }
}

/// What an upstream is to an exchange.
package enum Role: String, CaseIterable, Sendable, Hashable {
    /// Its answer is the application's.
    case primary
    /// It gets the same call; its answer is recorded and thrown away.
    case mirror

    /// Written out, since other rooms would call one that the compiler makes by way of its protocol.
    package static func == (left: Role, right: Role) -> Bool {
        switch (left, right) {
        case (.primary, .primary), (.mirror, .mirror): true
        case (.primary, .mirror), (.mirror, .primary): false
        }
    }
}

/// How a delivery ended.
package enum DeliveryResult: String, CaseIterable, Sendable, Hashable {
    /// Answered with a status below 400 that is not to be retried.
    case delivered
    /// Sent, and ended any other way.
    case dead
    /// Never sent, for a `SkipReason`.
    case skipped
    /// Made good by a compensating call.
    case compensated
}

/// Why a mirror never got its call.
package enum SkipReason: String, CaseIterable, Sendable, Hashable {
    /// `limits.mirror.memory` or `limits.mirror.calls` is in use up to its bound.
    case mirrorQueueFull = "mirror_queue_full"
    /// The body is larger than `limits.mirror.body`.
    case bodyTooLarge = "body_too_large"
    /// The application went away and the route says `mirror_when_cancelled: false`, or its body never came whole.
    case cancelled
    /// The upstream's own `limit` is in use up to its bound.
    case rateLimited = "rate_limited"
    /// The upstream's breaker is open.
    case breakerOpen = "breaker_open"
    /// The upstream asked for a pause by `Retry-After` or `RateLimit`.
    case paused
    /// The sidecar is shutting down and `drain` is over.
    case shutdown
    /// Of a durable mirror: the spool is full or its disk fails.
    case spoolFull = "spool_full"
}
