package import Exchange

/// What an upstream is doing at the moment it is asked.
package struct UpstreamGauges: Sendable, Equatable {
    /// Calls on the wire or waiting for a connection.
    package var inFlight: Int
    /// Connections open.
    package var connections: Int
    /// `BreakerState`'s number; nil where the upstream has no breaker.
    package var breaker: Int?
    /// Seconds since the start that were spent in pauses which the upstream asked for.
    package var throttledSeconds: Double
    /// Seconds until a pause that the upstream asked for is over; 0 without one.
    package var retryAfterSeconds: Double
    /// Calls that the upstream said are left; nil until it says so.
    package var quotaRemaining: Int?
    /// Deliveries that wait in the spool or are under way from it.
    package var spooledPending: Int
    /// When the oldest of them was accepted.
    package var spooledOldest: WallTime?
    /// Deliveries that ended dead and are kept; nil without a spool.
    package var deadLetters: Int?
    /// What the last health probe said; nil where there is none, or none has ended yet.
    package var isHealthy: Bool?

    package init(
        inFlight: Int, connections: Int, breaker: Int? = nil, throttledSeconds: Double = 0, retryAfterSeconds: Double = 0,
        quotaRemaining: Int? = nil, spooledPending: Int = 0, spooledOldest: WallTime? = nil, deadLetters: Int? = nil, isHealthy: Bool? = nil
    ) {
        self.inFlight = inFlight
        self.connections = connections
        self.breaker = breaker
        self.throttledSeconds = throttledSeconds
        self.retryAfterSeconds = retryAfterSeconds
        self.quotaRemaining = quotaRemaining
        self.spooledPending = spooledPending
        self.spooledOldest = spooledOldest
        self.deadLetters = deadLetters
        self.isHealthy = isHealthy
    }
}

/// Where an upstream's breaker stands. Its raw values are those of `pantograph_upstream_breaker_state`.
package enum BreakerState: Int, CaseIterable, Sendable {
    case closed = 0
    case halfOpen = 1
    case open = 2
}
