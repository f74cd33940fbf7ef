package import Exchange

/// A circuit breaker: it opens where too many of the attempts that ended lately have failed, stays open for a while, and then
/// lets one attempt at a time through as a probe until one tells whether the upstream is well again.
///
/// Each pass bears the era it was given in, and an outcome counts in its own era alone: an attempt that was let through before
/// the breaker opened neither closes it nor holds it open, however late it ends.
package struct Breaker: Sendable {
    /// Its raw values are those of `pantograph_upstream_breaker_state`.
    package enum State: Int, CaseIterable, Sendable {
        case closed = 0
        case halfOpen = 1
        case open = 2
    }

    /// Leave to make one attempt. To be handed back exactly once, by `left` or `withdrawn`.
    package struct Pass: Sendable, Hashable {
        fileprivate let era: UInt64
        /// Whether the attempt tells if the breaker closes.
        package let isProbe: Bool
    }

    package enum Entry: Sendable, Hashable {
        case go(Pass)
        /// Not before this time. While a probe is out nobody knows when it ends: the time is then a short one to ask again.
        case refused(until: MonotonicTime)
    }

    private enum Phase {
        case closed
        case open(until: MonotonicTime)
        case halfOpen(isProbing: Bool)
    }

    private let failureRatio: Double
    private let minimum: Int
    private let openFor: Duration
    private var phase = Phase.closed
    /// Begins anew each time it opens and each time it closes.
    private var era: UInt64 = 0
    private var window: AttemptWindow

    package init(_ settings: BreakerSettings) {
        failureRatio = settings.failureRatio
        minimum = max(1, settings.minimum)
        openFor = max(.zero, settings.openFor)
        window = AttemptWindow(settings.window)
    }

    /// Half-open from the moment `open_for` is over, whether or not a probe has come.
    package func state(at now: MonotonicTime) -> State {
        switch phase {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .halfOpen: .halfOpen
        }
    }

    package mutating func enter(at now: MonotonicTime) -> Entry {
        switch phase {
        case .closed: return .go(Pass(era: era, isProbe: false))
        case .open(let until) where now < until: return .refused(until: until)
        case .halfOpen(isProbing: true): return .refused(until: now.advanced(by: probePatience))
        case .open, .halfOpen:
            phase = .halfOpen(isProbing: true)
            return .go(Pass(era: era, isProbe: true))
        }
    }

    /// A tenth of `open_for`, and no less than a millisecond, so that nobody asks without end.
    private var probePatience: Duration { .nanoseconds(max(1_000_000, openFor.nanoseconds / 10)) }

    /// The attempt has ended. One that tells nothing of the upstream counts for nothing.
    ///
    /// - Returns: open or closed where it opened or closed; nil where nothing changed.
    package mutating func left(_ pass: Pass, _ outcome: AttemptOutcome, at now: MonotonicTime) -> State? {
        guard let failed = Breaker.hasFailed(outcome) else {
            withdrawn(pass)
            return nil
        }
        guard pass.era == era else { return nil }
        if pass.isProbe { return failed ? open(at: now) : close() }
        return isTooMuch(window.add(failed: failed, at: now)) ? open(at: now) : nil
    }

    /// The attempt was not made: another probe may go in its place.
    package mutating func withdrawn(_ pass: Pass) {
        if pass.isProbe, pass.era == era { phase = .halfOpen(isProbing: false) }
    }

    private func isTooMuch(_ counts: (attempts: Int, failures: Int)) -> Bool {
        counts.attempts >= minimum && counts.failures > 0 && Double(counts.failures) / Double(counts.attempts) >= failureRatio
    }

    private mutating func open(at now: MonotonicTime) -> State {
        phase = .open(until: now.advanced(by: openFor))
        era += 1
        return .open
    }

    private mutating func close() -> State {
        phase = .closed
        era += 1
        window.clear()
        return .closed
    }

    /// Whether the upstream failed; nil for an attempt that was never on the wire, or was ended from outside, and so says
    /// nothing. A 429 is no failure: it pauses.
    private static func hasFailed(_ outcome: AttemptOutcome) -> Bool? {
        guard !outcome.awaitedConnection else { return nil }
        switch outcome.errorClass {
        case .dns, .connectRefused, .connectTimeout, .tls, .firstByteTimeout, .totalTimeout, .reset, .protocol, .http5xx: return true
        case nil, .http4xx, .http429: return false
        case .cancelled, .breakerOpen, .rateLimited, .bodyTooLarge, .spoolFull, .noRoute, .loop: return nil
        }
    }
}
