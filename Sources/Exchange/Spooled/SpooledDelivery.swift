/// The place of a delivery in its spool.
package struct DeliveryID: Hashable, Comparable, Sendable {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// Where a spooled delivery stands. Their raw values are those of the API, the command line and the spool's own tables.
package enum DeliveryState: String, CaseIterable, Sendable, Hashable {
    case pending
    case delivered
    case dead
    case skipped
    case compensated
}

/// One exchange on its way from the spool to one upstream.
package struct SpooledDelivery: Sendable {
    package let id: DeliveryID
    package let exchange: SpooledExchange
    package let upstream: String
    /// Attempts that have ended, of this run alone: a replay begins anew.
    package var attempts: Int
    /// When the first of them began.
    package var firstAttemptAt: WallTime?
    /// Not before this time.
    package var nextAttemptAt: WallTime
    /// When this run began: the exchange's acceptance, or the replay of a dead letter.
    package let startedAt: WallTime
    /// The INTERNAL span `deliver {upstream}` that covers this run.
    package let span: TraceContext
    /// Of a replayed dead letter: the span of its first run, which its own links to.
    package let firstSpan: TraceContext?

    package init(
        id: DeliveryID, exchange: SpooledExchange, upstream: String, attempts: Int, firstAttemptAt: WallTime?, nextAttemptAt: WallTime,
        startedAt: WallTime, span: TraceContext, firstSpan: TraceContext?
    ) {
        self.id = id
        self.exchange = exchange
        self.upstream = upstream
        self.attempts = attempts
        self.firstAttemptAt = firstAttemptAt
        self.nextAttemptAt = nextAttemptAt
        self.startedAt = startedAt
        self.span = span
        self.firstSpan = firstSpan
    }
}
