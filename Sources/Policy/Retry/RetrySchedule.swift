package import Exchange

/// Whether and when a call is tried again, in memory: exponential backoff with full jitter, within bounds.
///
/// A call is repeated only where its method is idempotent (RFC 9110, 9.2.2) or it carries an Idempotency-Key, even where the
/// connection was never made: the RFC makes no exception for a proxy.
package struct RetrySchedule: Sendable {
    private let settings: RetrySettings?

    /// - Parameter settings: nil for one attempt.
    package init(_ settings: RetrySettings?) { self.settings = settings }

    /// The wait before the next attempt; nil where there is to be none.
    ///
    /// It is drawn evenly from zero to `backoff` × 2^(attempt − 1) or `maxBackoff`, whichever is less; a `Retry-After` of the
    /// outcome is its floor. Where that asks for more than `maxBackoff` there is no other attempt: a call in memory, with its
    /// application or its bounds waiting, does not sit that long. Nor is there one that would begin after `giveUpAfter`.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt that has ended, from 1.
    ///   - elapsed: since the first attempt's start.
    package func next(
        after outcome: AttemptOutcome, attempt: Int, method: String, hasIdempotencyKey: Bool, elapsed: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard let settings, attempt < settings.attempts, hasIdempotencyKey || RetrySchedule.isIdempotent(method),
            RetrySchedule.isTriggered(settings.on, by: outcome)
        else { return nil }
        let floor = max(.zero, outcome.retryAfter ?? .zero)
        guard floor <= max(.zero, settings.maxBackoff) else { return nil }
        let ceiling = RetrySchedule.ceiling(settings, after: attempt)
        let delay = max(floor, .nanoseconds(Int64.random(in: 0...ceiling, using: &generator)))
        return elapsed + delay < settings.giveUpAfter ? delay : nil
    }

    /// The wait before the next attempt of a spooled delivery; nil where there is to be none.
    ///
    /// Such a delivery always carries a key, so that its method does not matter, and its settings are `RetrySettings.spooled`
    /// where the upstream has none. It is drawn as above, but has all the time until `giveUpAfter`: a `Retry-After` of more than
    /// `maxBackoff` is cut to that and no reason to give up. A cancelled attempt has none: whether that was one at all, its
    /// caller knows.
    package func next(
        afterSpooled outcome: AttemptOutcome, attempt: Int, elapsed: Duration, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        let settings = settings ?? .spooled
        guard attempt < settings.attempts, RetrySchedule.isTriggered(settings.on, by: outcome) else { return nil }
        let floor = max(.zero, min(outcome.retryAfter ?? .zero, settings.maxBackoff))
        let ceiling = RetrySchedule.ceiling(settings, after: attempt)
        let delay = max(floor, .nanoseconds(Int64.random(in: 0...ceiling, using: &generator)))
        return elapsed + delay < settings.giveUpAfter ? delay : nil
    }

    /// Whether an attempt delivered its exchange: answered whole, with a status below 400 that is not to be retried.
    package static func isDelivered(_ outcome: AttemptOutcome, on triggers: Set<RetryTrigger>) -> Bool {
        guard outcome.errorClass == nil, let status = outcome.status else { return false }
        return status < 400 && !isTriggered(triggers, byStatus: status)
    }

    /// In nanoseconds.
    private static func ceiling(_ settings: RetrySettings, after attempt: Int) -> Int64 {
        let backoff = max(0, settings.backoff.nanoseconds)
        let bound = max(0, settings.maxBackoff.nanoseconds)
        let exponent = max(1, attempt) - 1
        guard exponent < 63, backoff <= bound >> Int64(exponent) else { return backoff == 0 ? 0 : bound }
        return backoff << Int64(exponent)
    }

    /// RFC 9110, 9.2.2: the safe methods, PUT and DELETE. Methods are case-sensitive, and an unknown one is not.
    package static func isIdempotent(_ method: String) -> Bool {
        switch method {
        case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE": true
        default: false
        }
    }

    /// What was cancelled, what broke a bound or a rule of ours, and what was not HTTP is never tried again, whatever the
    /// triggers. A status counts also where it is no error, so that `on` may name one below 400.
    private static func isTriggered(_ triggers: Set<RetryTrigger>, by outcome: AttemptOutcome) -> Bool {
        switch outcome.errorClass {
        case .dns, .connectRefused, .connectTimeout, .tls: triggers.contains(.connect)
        case .firstByteTimeout, .totalTimeout: triggers.contains(.timeout)
        case .reset: triggers.contains(.reset)
        case nil, .http4xx, .http429, .http5xx: outcome.status.map { isTriggered(triggers, byStatus: $0) } ?? false
        case .protocol, .cancelled, .breakerOpen, .rateLimited, .bodyTooLarge, .spoolFull, .noRoute, .loop: false
        }
    }

    private static func isTriggered(_ triggers: Set<RetryTrigger>, byStatus status: Int) -> Bool {
        triggers.contains(.status(status)) || (triggers.contains(.serverErrors) && 500..<600 ~= status && status != 501)
    }
}
