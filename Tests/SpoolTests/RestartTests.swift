import Exchange
@testable import Spool
import Testing

@Suite struct RestartTests {
    private let place = Place()

    /// What was pending is due again, on the wire or not, with its counters.
    @Test func everythingGoesOn() async throws {
        var spool = try Spool(place.settings())
        var applications = Applications()
        var deliveries: [SpooledDelivery] = []
        for _ in 0..<20 { deliveries += try await spool.kept(applications.exchange()) }
        let now = applications.now
        let later = now.advanced(byNanoseconds: 1_000_000)
        for (place, delivery) in deliveries.enumerated() {
            switch place % 5 {
            case 0: await spool.settle(Settlement(delivery, .delivered, at: now))
            case 1: await spool.settle(Settlement(delivery, .dead(.reset), at: now))
            case 2: await spool.settle(Settlement(delivery, .retry(at: later), at: now))
            default: break
            }
        }
        let before = ["a", "b"].map { ($0, spool.pending($0), spool.deadCount($0)) }
        let bytes = spool.bytes
        await spool.close()
        spool = try Spool(place.settings())
        for (upstream, pending, dead) in before {
            #expect(spool.pending(upstream) == pending && spool.deadCount(upstream) == dead)
            let due = await spool.due(upstream, at: later)
            #expect(due.deliveries.count == pending.count && due.nextAt == nil)
            #expect(due.deliveries.allSatisfy { $0.attempts == ($0.nextAttemptAt == later ? 1 : 0) })
        }
        #expect(before.map(\.1.count) == [12, 12] && before.map(\.2) == [4, 4] && spool.bytes == bytes)
        // Ids go on where they ended.
        let next = try await spool.kept(applications.exchange())
        #expect(next[0].id > deliveries.map(\.id).max() ?? DeliveryID(0))
        await spool.close()
    }

    /// What was handed over before the end is done before it.
    @Test func theEndComesAfterWhatWaits() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let told = Told<String>()
        for _ in 0..<100 { spool.accept(applications.exchange(), for: ["a"]) { told.tell($0.name) } }
        await spool.close()
        #expect(told.values == Array(repeating: "kept", count: 100))
        let again = try Spool(place.settings())
        #expect(again.pending("a").count == 100)
        await again.close()
        #expect(try place.count("waiting") == 100)
    }

    // MARK: Reading

    @Test func listsOfExchanges() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        var exchanges: [SpooledExchange] = []
        for place in 0..<6 {
            let exchange = applications.exchange(route: place % 2 == 0 ? "even" : "odd")
            exchanges.append(exchange)
            let deliveries = try await spool.kept(exchange)
            if place < 3 { _ = await spool.end(deliveries, [.delivered, .dead(place == 0 ? .reset : .http5xx)], at: applications.now) }
        }
        func found(_ change: (inout ExchangeFilter) -> Void) async throws -> [Int] {
            var filter = ExchangeFilter()
            change(&filter)
            return try await spool.exchanges(filter).compactMap { view in exchanges.firstIndex { $0.id == view.exchange.id } }
        }
        #expect(try await found { _ in } == [5, 4, 3, 2, 1, 0])
        #expect(try await found { $0.limit = 2 } == [5, 4])
        #expect(try await found { $0.limit = 2; $0.before = exchanges[4].id } == [3, 2])
        #expect(try await found { $0.route = "odd" } == [5, 3, 1])
        #expect(try await found { $0.state = .dead } == [2, 1, 0])
        #expect(try await found { $0.state = .dead; $0.upstream = "a" } == [])
        #expect(try await found { $0.state = .pending; $0.upstream = "a" } == [5, 4, 3])
        #expect(try await found { $0.errorClass = .http5xx; $0.route = "even" } == [2])
        #expect(try await found { $0.limit = 0 } == [5])
        let listed = try #require(try await spool.exchanges(ExchangeFilter()).first)
        #expect(listed.exchange.body == nil && listed.exchange.headers.isEmpty && listed.deliveries.map(\.upstream) == ["a", "b"])
        #expect(try await spool.exchange(applications.exchange().id) == nil)
        await spool.close()
    }

    @Test func aListHasItsBound() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        for _ in 0..<501 { spool.accept(applications.exchange(), for: ["a"]) { _ in } }
        _ = try await spool.kept(applications.exchange())
        var filter = ExchangeFilter()
        filter.limit = .max
        #expect(try await spool.exchanges(filter).count == 500)
        await spool.close()
    }
}
