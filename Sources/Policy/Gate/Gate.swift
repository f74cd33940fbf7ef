package import Exchange

/// Whether a call may go to one upstream now: the pause it asked for, its breaker and its own rate, in this order, so that a call
/// that is refused takes no token.
package struct Gate: Sendable {
    private var pause = Pause()
    /// Until when spooled deliveries rest after a 429 that says nothing of how long.
    private var rests = MonotonicTime(nanoseconds: 0)
    /// How many spooled deliveries may be on their way at once since the upstream last said that it was too much.
    private var start: SlowStart
    private var breaker: Breaker?
    private var bucket: TokenBucket?
    private let backoff: Duration
    private let maxBackoff: Duration
    private var quota: Int?
    /// The state of the breaker that was told last, or waits to be told.
    private var told = Breaker.State.closed
    private var waiting: Turn?
    /// The latest time seen. Ends come in another order than the one in which they happened; to the gate they happen as they come.
    private var latest = MonotonicTime(nanoseconds: 0)

    package init(_ upstream: UpstreamSettings) {
        let retry = upstream.retry ?? .spooled
        breaker = upstream.breaker.map { Breaker($0) }
        bucket = upstream.rate.map { TokenBucket($0) }
        start = SlowStart(limit: upstream.inFlight)
        backoff = retry.backoff
        maxBackoff = retry.maxBackoff
    }

    package enum Refusal: Sendable, Hashable { case breakerOpen, rateLimited, paused }

    package enum Passage: Sendable {
        case go(Pass)
        /// There is no use in asking before this time, unless the end of another call is told meanwhile.
        case refused(Refusal, until: MonotonicTime)
    }

    /// Handed back exactly once: by `left` or `withdrawn`.
    package struct Pass: Sendable {
        fileprivate let breaker: Breaker.Pass?
        fileprivate let enteredAt: MonotonicTime
        fileprivate let isSpooled: Bool

        /// Whether the attempt tells if a breaker that is half-open closes.
        package var isProbe: Bool { breaker?.isProbe ?? false }
    }

    // MARK: In

    /// Who asks, and so what of a pause holds for it.
    package enum Caller: Sendable, Hashable {
        /// Goes through a pause, since its answer is the application's.
        case primary
        /// In memory: goes where the upstream did not ask for a pause.
        case mirror
        /// Can wait, and so rests also where the upstream only said that it was too much.
        case spooled
    }

    /// - Parameter now: not read where the time has no say.
    package mutating func enter(at now: @autoclosure () -> MonotonicTime, from caller: Caller) -> Passage {
        if breaker == nil, bucket == nil, pause.hasNeverBegun, caller != .spooled {
            return .go(Pass(breaker: nil, enteredAt: latest, isSpooled: false))
        }
        let now = clock(now())
        if caller != .primary, let end = pause.end(at: now) { return .refused(.paused, until: end) }
        if caller == .spooled {
            if rests > now { return .refused(.paused, until: rests) }
            guard start.mayEnter else { return .refused(.paused, until: .never) }
        }
        var pass: Breaker.Pass?
        switch breaker?.enter(at: now) {
        case nil: break
        case .go(let given): pass = given
        case .refused(let until): return .refused(.breakerOpen, until: until)
        }
        if let until = bucket?.take(at: now) {
            if let pass { breaker?.withdrawn(pass) }
            return .refused(.rateLimited, until: until)
        }
        if pass?.isProbe == true, told != .halfOpen { (told, waiting) = (.halfOpen, .halfOpened) }
        if caller == .spooled { start.entered() }
        return .go(Pass(breaker: pass, enteredAt: now, isSpooled: caller == .spooled))
    }

    private mutating func clock(_ now: MonotonicTime) -> MonotonicTime {
        latest = max(latest, now)
        return latest
    }

    // MARK: Out

    /// What changed, for events and logs.
    package enum Turn: Sendable, Hashable {
        case opened
        /// Told with the next attempt that ends: the probe itself at the latest.
        case halfOpened
        case closed
        /// For so long from now on. Told where a pause begins, and where it grows by a second or more.
        case paused(Duration)
    }

    /// The attempt has ended. One that waited in vain for a connection was never on the wire, and is withdrawn.
    package mutating func left(_ pass: Pass, _ outcome: AttemptOutcome, at now: MonotonicTime) -> [Turn] {
        let now = clock(now)
        var turns: [Turn] = []
        if let turn = waiting { turns.append(turn) }
        waiting = nil
        guard !outcome.awaitedConnection else {
            withdrawn(pass, at: now)
            return turns
        }
        if let given = pass.breaker, let state = breaker?.left(given, outcome, at: now) {
            turns.append(state == .open ? .opened : .closed)
            told = state
        }
        if pass.isSpooled { start.left() }
        if outcome.status == 429 { start.begin() } else if pass.isSpooled, outcome.status != nil { start.grow() }
        if let quota = outcome.quota { self.quota = quota.remaining }
        if let asked = pauseAsked(by: outcome) {
            if let length = pause.lengthen(by: asked, at: now) { turns.append(.paused(length)) }
        } else if outcome.status == 429 {
            rests = max(rests, now.advanced(by: min(backoff, maxBackoff)))
        }
        return turns
    }

    /// It never went on the wire: gives back its token, and its leave to probe.
    package mutating func withdrawn(_ pass: Pass, at now: MonotonicTime) {
        let now = clock(now)
        if pass.isSpooled { start.left() }
        if let given = pass.breaker { breaker?.withdrawn(given) }
        bucket?.giveBack(takenAt: pass.enteredAt, at: now)
    }

    /// `Retry-After` goes before the quota (RateLimit draft, «Client Behavior»). None is longer than `max_backoff`.
    private func pauseAsked(by outcome: AttemptOutcome) -> Duration? {
        (outcome.retryAfter ?? Gate.reset(of: outcome.quota)).map { min($0, maxBackoff) }
    }

    /// When a quota that is used up is there again; nil where it is not used up, or it is not said.
    private static func reset(of quota: Quota?) -> Duration? {
        guard let quota, quota.remaining <= 0 else { return nil }
        return quota.reset
    }

    // MARK: How it stands

    package struct Standing: Sendable, Hashable {
        /// Closed also where there is none.
        package var breaker: Breaker.State
        /// What is left of the pause; nil where there is none.
        package var pausedFor: Duration?
        /// What the upstream last said of the calls that are left.
        package var quota: Int?
        /// Time spent paused until now, whoever was held up by it.
        package var throttledNanoseconds: UInt64
        /// The same as `pausedFor`: the gauge of that name.
        package var retryAfter: Duration? { pausedFor }
    }

    package mutating func standing(at now: MonotonicTime) -> Standing {
        let now = clock(now)
        return Standing(
            breaker: breaker?.state(at: now) ?? .closed, pausedFor: pause.left(at: now), quota: quota,
            throttledNanoseconds: pause.total(at: now))
    }
}
