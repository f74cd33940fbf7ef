import Exchange
@testable import Spool
import Testing

/// Chooses operations, does them in the model and in the spool, and compares the two.
struct ModelRun {
    private var model = Model()
    private var applications: Applications
    private var generator: SeededGenerator
    private static let upstreams = ["a", "b", "c"]

    init(seed: UInt64) {
        applications = Applications(seed: seed &+ 1)
        generator = SeededGenerator(seed: seed)
    }

    /// A call to each upstream that took it.
    static let compensations = Compensations(concern: { $0 == "orders" }, calls: { failure in
        failure.delivered.enumerated().map { place, upstream in
            let original = failure.exchange
            let id = ExchangeID(high: original.id.high, low: original.id.low &+ UInt64(place) &+ 1)
            let call = SpooledExchange(
                id: id, route: original.route, receivedAt: original.receivedAt, method: "DELETE", target: "/", headers: Headers(),
                body: nil, trace: original.trace, orderKey: original.orderKey, compensates: original.id)
            return (call, upstream)
        }
    })

    /// Once in so many times.
    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    private mutating func one<Element>(_ elements: [Element]) throws -> Element {
        try #require(elements.randomElement(using: &generator))
    }

    /// Returns what was done.
    mutating func step(_ spool: Spool) async throws -> String {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<6: try await accept(spool)
        case 6..<9: try await ask(spool)
        case 9..<17: try await settle(spool)
        case 17..<19: try await replay(spool)
        default: try await discard(spool)
        }
    }

    private mutating func accept(_ spool: Spool) async throws -> String {
        let upstreams = (0..<Int.random(in: 1...3, using: &generator)).map { ModelRun.upstreams[$0] }.shuffled(using: &generator)
        let exchange = applications.exchange(
            route: try one(["orders", "other"]), body: try one([nil, "", "1"]),
            key: try one([nil, "k", "l", "m\(model.exchanges.count % 40)"]), order: try one([nil, "red", "blue"]))
        let expected = model.acceptance(exchange)
        let acceptance = await spool.accept(exchange, for: upstreams)
        if case .kept(let deliveries) = acceptance { model.keep(deliveries) }
        if acceptance.name != expected { Issue.record("\(acceptance.name) and not \(expected)") }
        return "accept"
    }

    private mutating func ask(_ spool: Spool) async throws -> String {
        let upstream = try one(ModelRun.upstreams)
        let pending = model.deliveries.filter { $0.state == .pending && $0.upstream == upstream }
        var held: Set<DeliveryID> = []
        for delivery in pending where chance(4) { held.insert(delivery.id) }
        let now = WallTime(nanosecondsSinceEpoch: applications.now.nanosecondsSinceEpoch + .random(in: 0..<200_000_000, using: &generator))
        let limit = Int.random(in: 0...12, using: &generator)
        let due = await spool.due(upstream, at: now, besides: held, limit: limit)
        let expected = model.due(upstream, at: now, besides: held, limit: limit)
        if due.deliveries.map(\.id) != expected.ids || due.nextAt != expected.nextAt {
            Issue.record("due \(due.deliveries.map(\.id.value)) \(String(describing: due.nextAt)) and not \(expected)")
        }
        for delivery in due.deliveries {
            let known = model.deliveries.first { $0.id == delivery.id }
            if delivery.attempts != known?.attempts || delivery.firstAttemptAt != known?.firstAttemptAt
                || delivery.nextAttemptAt != known?.nextAttemptAt || (delivery.firstSpan != nil) != (known?.replays != 0) {
                Issue.record("delivery \(delivery) and not \(String(describing: known))")
            }
        }
        return "due"
    }

    private mutating func settle(_ spool: Spool) async throws -> String {
        let pending = model.deliveries.filter { $0.state == .pending }
        guard let delivery = (chance(10) ? model.deliveries : pending).randomElement(using: &generator) else { return "nothing" }
        let now = applications.now
        let errorClass = try one([ErrorClass.reset, .http5xx])
        let next = try one([
            .delivered, .delivered, .dead(errorClass), .skipped(.paused),
            .retry(at: now.advanced(byNanoseconds: .random(in: 0..<400_000_000, using: &generator))),
        ] as [Settlement.Next])
        let failed = next != .delivered && !chance(3)
        let settlement = Settlement(
            delivery: delivery.id, attempts: delivery.attempts + 1, firstAttemptAt: delivery.firstAttemptAt == nil && chance(2) ? now : nil,
            attempt: failed ? entry(delivery.attempts + 1, errorClass) : nil, status: failed ? nil : chance(2) ? 200 : nil,
            errorClass: failed ? errorClass : nil, next: next, at: now)
        let expected = model.settle(settlement)
        let settled = await spool.settle(settlement)
        model.keep(settled.compensations)
        let outcome = Model.Outcome(
            state: settled.state, isFinished: settled.exchangeIsFinished, compensations: settled.compensations.map(\.upstream))
        if outcome != expected { Issue.record("\(outcome) and not \(expected)") }
        return "settle \(delivery.id.value) \(next)"
    }

    private func entry(_ number: Int, _ errorClass: ErrorClass) -> AttemptEntry {
        AttemptEntry(
            number: number, startedAt: applications.now, endedAt: applications.now, errorClass: errorClass, status: nil, detail: "d",
            answer: nil)
    }

    private mutating func filter() throws -> DeadLetterFilter {
        var filter = DeadLetterFilter()
        filter.upstream = try one([nil, "a", "b"])
        filter.route = try one([nil, nil, "orders", "other"])
        filter.errorClass = try one([nil, nil, .reset])
        if chance(2) { filter.ids = model.deliveries.filter { _ in chance(3) }.map(\.id) }
        return filter
    }

    private mutating func replay(_ spool: Spool) async throws -> String {
        let filter = try filter()
        let count = try await spool.replay(filter, rate: nil, now: applications.now)
        let expected = model.replay(filter, at: applications.now)
        if count != expected { Issue.record("\(count) replayed and not \(expected)") }
        return "replay"
    }

    private mutating func discard(_ spool: Spool) async throws -> String {
        let filter = try filter()
        let count = try await spool.discard(filter)
        let expected = model.discard(filter)
        if count != expected { Issue.record("\(count) discarded and not \(expected)") }
        return "discard"
    }

    // MARK: Comparing

    /// - Parameter thoroughly: every exchange, and not the counters alone.
    func compare(_ spool: Spool, thoroughly: Bool) async throws -> [String] {
        var differences: [String] = []
        for upstream in ModelRun.upstreams {
            let pending = model.deliveries.filter { $0.upstream == upstream && $0.state == .pending }
            let view = PendingView(count: pending.count, oldest: pending.first.map { model.exchanges[$0.exchange].spooled.receivedAt })
            if spool.pending(upstream) != view { differences.append("\(upstream): \(spool.pending(upstream)) and not \(view)") }
            let dead = model.deliveries.count { $0.upstream == upstream && $0.isLetter }
            if spool.deadCount(upstream) != dead { differences.append("\(upstream): \(spool.deadCount(upstream)) dead and not \(dead)") }
        }
        guard thoroughly else { return differences }
        for (place, exchange) in model.exchanges.enumerated() {
            let view = try await spool.exchange(exchange.spooled.id)
            let states = view?.deliveries.map { "\($0.id.value) \($0.upstream) \($0.state) \($0.lastClass?.rawValue ?? "") \($0.replays)" }
            let expected = model.siblings(place).map {
                "\($0.id.value) \($0.upstream) \($0.state) \($0.lastClass?.rawValue ?? "") \($0.replays)"
            }
            if states != expected { differences.append("\(exchange.spooled.id): \(states ?? []) and not \(expected)") }
            if (view?.finishedAt != nil) != exchange.isFinished { differences.append("\(exchange.spooled.id): finished or not") }
        }
        return differences
    }
}
