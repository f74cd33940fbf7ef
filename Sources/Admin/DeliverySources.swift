package import Exchange
package import Spool

/// What the API asks of durable delivery, and what it can tell it to do.
package struct DeliverySources: Sendable {
    package var exchange: @Sendable (ExchangeID) async throws(SpoolFault) -> ExchangeView?
    package var exchanges: @Sendable (ExchangeFilter) async throws(SpoolFault) -> [ExchangeView]
    package var deadLetter: @Sendable (DeliveryID) async throws(SpoolFault) -> DeadLetter?
    package var deadLetters: @Sendable (DeadLetterFilter) async throws(SpoolFault) -> [DeadLetter]
    /// Brings dead letters back, at a rate counted from now; how many.
    package var replay: @Sendable (DeadLetterFilter, RateSettings?, _ now: WallTime) async throws(SpoolFault) -> Int
    /// Lets go of dead letters for good; how many.
    package var discard: @Sendable (DeadLetterFilter) async throws(SpoolFault) -> Int

    package init(
        exchange: @escaping @Sendable (ExchangeID) async throws(SpoolFault) -> ExchangeView?,
        exchanges: @escaping @Sendable (ExchangeFilter) async throws(SpoolFault) -> [ExchangeView],
        deadLetter: @escaping @Sendable (DeliveryID) async throws(SpoolFault) -> DeadLetter?,
        deadLetters: @escaping @Sendable (DeadLetterFilter) async throws(SpoolFault) -> [DeadLetter],
        replay: @escaping @Sendable (DeadLetterFilter, RateSettings?, WallTime) async throws(SpoolFault) -> Int,
        discard: @escaping @Sendable (DeadLetterFilter) async throws(SpoolFault) -> Int
    ) {
        self.exchange = exchange
        self.exchanges = exchanges
        self.deadLetter = deadLetter
        self.deadLetters = deadLetters
        self.replay = replay
        self.discard = discard
    }

    package init(_ spool: Spool) {
        self.init(
            exchange: { id throws(SpoolFault) in try await spool.exchange(id) },
            exchanges: { filter throws(SpoolFault) in try await spool.exchanges(filter) },
            deadLetter: { id throws(SpoolFault) in try await spool.deadLetter(id) },
            deadLetters: { filter throws(SpoolFault) in try await spool.deadLetters(filter) },
            replay: { filter, rate, now throws(SpoolFault) in try await spool.replay(filter, rate: rate, now: now) },
            discard: { filter throws(SpoolFault) in try await spool.discard(filter) })
    }
}
