package import Exchange

/// An exchange as people ask for it.
package struct ExchangeView: Sendable {
    package var exchange: SpooledExchange
    package var finishedAt: WallTime?
    /// In the order of the route's upstreams.
    package var deliveries: [DeliveryView]

    package init(exchange: SpooledExchange, finishedAt: WallTime?, deliveries: [DeliveryView]) {
        self.exchange = exchange
        self.finishedAt = finishedAt
        self.deliveries = deliveries
    }
}

package struct DeliveryView: Sendable {
    package var id: DeliveryID
    package var upstream: String
    package var state: DeliveryState
    package var attempts: Int
    package var lastClass: ErrorClass?
    package var lastStatus: Int?
    package var skipReason: SkipReason?
    /// Of a pending one.
    package var nextAttemptAt: WallTime?
    package var settledAt: WallTime?
    /// How often it was brought back from among the dead letters.
    package var replays: Int
    /// Every attempt that is kept, over all runs, oldest first; empty in lists.
    package var entries: [AttemptEntry]

    package init(
        id: DeliveryID, upstream: String, state: DeliveryState, attempts: Int, lastClass: ErrorClass?, lastStatus: Int?,
        skipReason: SkipReason?, nextAttemptAt: WallTime?, settledAt: WallTime?, replays: Int, entries: [AttemptEntry]
    ) {
        self.id = id
        self.upstream = upstream
        self.state = state
        self.attempts = attempts
        self.lastClass = lastClass
        self.lastStatus = lastStatus
        self.skipReason = skipReason
        self.nextAttemptAt = nextAttemptAt
        self.settledAt = settledAt
        self.replays = replays
        self.entries = entries
    }
}

/// Which exchanges a list shows, newest first.
package struct ExchangeFilter: Sendable {
    package var route: String?
    package var upstream: String?
    /// Those with a delivery (to `upstream`, where that is set) in this state.
    package var state: DeliveryState?
    /// Those with a delivery whose last attempt ended so.
    package var errorClass: ErrorClass?
    /// Those received before this one: the last of the page before.
    package var before: ExchangeID?
    package var limit = 50

    package init() {}
}

/// A delivery that ended dead and has been neither replayed nor discarded.
package struct DeadLetter: Sendable {
    package var delivery: DeliveryView
    package var exchange: SpooledExchange

    package init(delivery: DeliveryView, exchange: SpooledExchange) {
        self.delivery = delivery
        self.exchange = exchange
    }
}

/// Which dead letters are meant; all of them where nothing is set.
package struct DeadLetterFilter: Sendable {
    package var ids: [DeliveryID]?
    package var upstream: String?
    package var route: String?
    package var errorClass: ErrorClass?
    /// Those that ended dead before this time.
    package var settledBefore: WallTime?
    /// In lists: those after this one in their order, which is by id.
    package var after: DeliveryID?
    package var limit = 50

    package init() {}
}

/// What waits for one upstream.
package struct PendingView: Sendable, Hashable {
    package var count: Int
    /// When the oldest was accepted.
    package var oldest: WallTime?

    package init(count: Int, oldest: WallTime?) {
        self.count = count
        self.oldest = oldest
    }
}
