import Admin
import Exchange
import NIOCore
import Spool
import Synchronization

/// Exchanges and dead letters in memory, which answers as the spool promises to.
final class Shelf: Sendable {
    struct Replay: Sendable {
        var ids: [DeliveryID]?
        var upstream: String?
        var route: String?
        var errorClass: ErrorClass?
        var settledBefore: WallTime?
        var rate: RateSettings?
        var now: WallTime?
        var limit: Int
    }

    private struct State {
        var exchanges: [ExchangeView] = []
        var letters: [DeadLetter] = []
        var replays: [Replay] = []
        var discards: [Replay] = []
        var fault: SpoolFault?
    }

    private let state = Mutex(State())

    init(exchanges: [ExchangeView] = [], letters: [DeadLetter] = []) {
        state.withLock {
            $0.exchanges = exchanges
            $0.letters = letters
        }
    }

    /// Everything fails from now on.
    func fail(_ fault: SpoolFault) { state.withLock { $0.fault = fault } }

    var replays: [Replay] { state.withLock { $0.replays } }
    var discards: [Replay] { state.withLock { $0.discards } }
    var letterIDs: [Int64] { state.withLock { $0.letters.map(\.delivery.id.value) } }

    var sources: DeliverySources {
        DeliverySources(
            exchange: { id throws(SpoolFault) in try self.working { $0.exchanges.first { $0.exchange.id == id } } },
            exchanges: { filter throws(SpoolFault) in try self.working { state in Shelf.matching(filter, state.exchanges) } },
            deadLetter: { id throws(SpoolFault) in try self.working { $0.letters.first { $0.delivery.id == id } } },
            deadLetters: { filter throws(SpoolFault) in
                try self.working { state in Array(Shelf.matching(filter, state.letters).prefix(filter.limit)) }
            },
            replay: { filter, rate, now throws(SpoolFault) in
                try self.working { state in
                    state.replays.append(Replay(filter, rate, now))
                    return Shelf.take(filter, from: &state.letters)
                }
            },
            discard: { filter throws(SpoolFault) in
                try self.working { state in
                    state.discards.append(Replay(filter, nil, nil))
                    return Shelf.take(filter, from: &state.letters)
                }
            })
    }

    private func working<Result>(_ work: (inout State) -> sending Result) throws(SpoolFault) -> sending Result {
        try state.withLock { state throws(SpoolFault) in
            if let fault = state.fault { throw fault }
            return work(&state)
        }
    }

    private static func matching(_ filter: ExchangeFilter, _ exchanges: [ExchangeView]) -> [ExchangeView] {
        let newestFirst = exchanges.sorted { $0.exchange.id.description > $1.exchange.id.description }
        let before = filter.before?.description
        return Array(
            newestFirst.filter { view in
                (before.map { view.exchange.id.description < $0 } ?? true) && filter.route.map { $0 == view.exchange.route } ?? true
                    && view.deliveries.contains { delivery in
                        filter.upstream.map { $0 == delivery.upstream } ?? true && filter.state.map { $0 == delivery.state } ?? true
                            && filter.errorClass.map { $0 == delivery.lastClass } ?? true
                    }
            }.prefix(filter.limit))
    }

    private static func matching(_ filter: DeadLetterFilter, _ letters: [DeadLetter]) -> [DeadLetter] {
        letters.filter { letter in
            let delivery = letter.delivery
            if let ids = filter.ids, !ids.contains(delivery.id) { return false }
            if let after = filter.after, delivery.id <= after { return false }
            if let upstream = filter.upstream, upstream != delivery.upstream { return false }
            if let route = filter.route, route != letter.exchange.route { return false }
            if let errorClass = filter.errorClass, errorClass != delivery.lastClass { return false }
            if let time = filter.settledBefore, !(delivery.settledAt.map { $0 < time } ?? false) { return false }
            return true
        }
    }

    private static func take(_ filter: DeadLetterFilter, from letters: inout [DeadLetter]) -> Int {
        let meant = Set(matching(filter, letters).prefix(filter.limit).map(\.delivery.id))
        letters.removeAll { meant.contains($0.delivery.id) }
        return meant.count
    }
}

extension Shelf.Replay {
    fileprivate init(_ filter: DeadLetterFilter, _ rate: RateSettings?, _ now: WallTime?) {
        self.init(
            ids: filter.ids, upstream: filter.upstream, route: filter.route, errorClass: filter.errorClass,
            settledBefore: filter.settledBefore, rate: rate, now: now, limit: filter.limit)
    }
}
