import Exchange
@testable import Spool

/// What a spool is, as plainly as it can be said: lists that are looked through from end to end.
struct Model {
    struct Delivery {
        var id: DeliveryID
        var exchange: Int
        var upstream: String
        var order: String?
        var state = DeliveryState.pending
        var attempts = 0
        var firstAttemptAt: WallTime?
        var nextAttemptAt: WallTime
        var lastClass: ErrorClass?
        var isDiscarded = false
        var replays = 0

        var isLetter: Bool { state == .dead && !isDiscarded }
    }

    struct Exchange {
        var spooled: SpooledExchange
        var isFinished = false
        var isCompensated = false
    }

    private(set) var exchanges: [Exchange] = []
    /// By id.
    private(set) var deliveries: [Delivery] = []

    // MARK: Accepting

    func acceptance(_ exchange: SpooledExchange) -> String {
        let earlier = exchanges.first {
            exchange.idempotencyKey != nil && $0.spooled.idempotencyKey == exchange.idempotencyKey && $0.spooled.route == exchange.route
        }
        guard let earlier else { return "kept" }
        let isSame = earlier.spooled.body ?? .init() == exchange.body ?? .init()
        return isSame && earlier.spooled.method == exchange.method ? "repeated" : "conflicting"
    }

    mutating func keep(_ kept: [SpooledDelivery]) {
        for delivery in kept {
            if exchanges.last?.spooled.id != delivery.exchange.id { exchanges.append(Exchange(spooled: delivery.exchange)) }
            deliveries.append(
                Delivery(
                    id: delivery.id, exchange: exchanges.count - 1, upstream: delivery.upstream, order: delivery.exchange.orderKey,
                    nextAttemptAt: delivery.nextAttemptAt))
        }
    }

    // MARK: Settling

    struct Outcome: Equatable {
        var state: DeliveryState?
        var isFinished = false
        /// Where compensating calls go.
        var compensations: [String] = []
    }

    mutating func settle(_ settlement: Settlement) -> Outcome {
        guard let place = deliveries.firstIndex(where: { $0.id == settlement.delivery }) else { return Outcome() }
        let exchange = deliveries[place].exchange
        guard deliveries[place].state == .pending else {
            return Outcome(state: deliveries[place].state, isFinished: !siblings(exchange).contains { $0.state == .pending })
        }
        deliveries[place].attempts = settlement.attempts
        if let time = settlement.firstAttemptAt { deliveries[place].firstAttemptAt = time }
        if settlement.errorClass != nil || settlement.status != nil { deliveries[place].lastClass = settlement.errorClass }
        let original = exchanges[exchange].spooled.compensates
        switch settlement.next {
        case .retry(let time):
            deliveries[place].nextAttemptAt = time
            return Outcome()
        case .delivered where original != nil:
            deliveries[place].state = .compensated
            for other in deliveries.indices where deliveries[other].upstream == deliveries[place].upstream {
                guard exchanges[deliveries[other].exchange].spooled.id == original else { continue }
                if deliveries[other].state == .delivered { deliveries[other].state = .compensated }
            }
        case .delivered: deliveries[place].state = .delivered
        case .dead(let reason): (deliveries[place].state, deliveries[place].lastClass) = (.dead, reason)
        case .skipped: deliveries[place].state = .skipped
        }
        return finish(exchange, deliveries[place].state)
    }

    private mutating func finish(_ exchange: Int, _ state: DeliveryState) -> Outcome {
        let all = siblings(exchange)
        guard !all.contains(where: { $0.state == .pending }) else { return Outcome(state: state) }
        exchanges[exchange].isFinished = !all.contains(where: \.isLetter)
        var outcome = Outcome(state: state, isFinished: true)
        let delivered = all.filter { $0.state == .delivered }.map(\.upstream)
        if !delivered.isEmpty, all.contains(where: { $0.state == .dead }), exchanges[exchange].spooled.compensates == nil,
            exchanges[exchange].spooled.route == "orders", !exchanges[exchange].isCompensated {
            exchanges[exchange].isCompensated = true
            outcome.compensations = delivered
        }
        return outcome
    }

    func siblings(_ exchange: Int) -> [Delivery] { deliveries.filter { $0.exchange == exchange } }

    // MARK: Due

    func due(_ upstream: String, at now: WallTime, besides held: Set<DeliveryID>, limit: Int) -> (ids: [DeliveryID], nextAt: WallTime?) {
        let waiting = deliveries.filter { $0.upstream == upstream && $0.state == .pending }
        let eligible = waiting.filter { one in
            !held.contains(one.id) && !waiting.contains { one.order != nil && $0.order == one.order && $0.id < one.id }
        }.sorted { ($0.nextAttemptAt, $0.id) < ($1.nextAttemptAt, $1.id) }
        let ready = eligible.filter { $0.nextAttemptAt <= now }
        return (ready.prefix(limit).map(\.id), ready.count > limit ? now : eligible.first { $0.nextAttemptAt > now }?.nextAttemptAt)
    }

    // MARK: Dead letters

    func letters(_ filter: DeadLetterFilter) -> [Int] {
        deliveries.indices.filter { place in
            let letter = deliveries[place]
            return letter.isLetter && filter.ids?.contains(letter.id) != false
                && (filter.upstream == nil || filter.upstream == letter.upstream)
                && (filter.route == nil || filter.route == exchanges[letter.exchange].spooled.route)
                && (filter.errorClass == nil || filter.errorClass == letter.lastClass)
        }
    }

    mutating func replay(_ filter: DeadLetterFilter, at now: WallTime) -> Int {
        let letters = letters(filter)
        for place in letters {
            deliveries[place].state = .pending
            deliveries[place].attempts = 0
            deliveries[place].firstAttemptAt = nil
            deliveries[place].nextAttemptAt = now
            deliveries[place].replays += 1
            exchanges[deliveries[place].exchange].isFinished = false
        }
        return letters.count
    }

    mutating func discard(_ filter: DeadLetterFilter) -> Int {
        let letters = letters(filter)
        for place in letters {
            deliveries[place].isDiscarded = true
            let all = siblings(deliveries[place].exchange)
            if !all.contains(where: { $0.state == .pending || $0.isLetter }) { exchanges[deliveries[place].exchange].isFinished = true }
        }
        return letters.count
    }
}
