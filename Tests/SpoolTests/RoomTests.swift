import Exchange
@testable import Spool
import Synchronization
import Testing

/// `max_size` and `keep`.
@Suite struct RoomTests {
    private let place = Place()
    private static let maxSize = 512 * 1024

    /// Accepts exchanges of 4 KiB until the spool is full; at most 1,000.
    private func fill(_ spool: Spool, _ applications: inout Applications) async throws -> [SpooledDelivery] {
        var deliveries: [SpooledDelivery] = []
        while deliveries.count < 1000 {
            switch await spool.accept(applications.exchange(body: String(repeating: "x", count: 4096)), for: ["a"]) {
            case .kept(let kept): deliveries += kept
            case .full: return deliveries
            case let other: throw NotKept(acceptance: other)
            }
        }
        throw NotKept(acceptance: .full)
    }

    @Test func pendingAndDeadOnesNeverGo() async throws {
        let spool = try Spool(place.settings { $0.maxSize = RoomTests.maxSize })
        var applications = Applications()
        let deliveries = try await fill(spool, &applications)
        #expect(deliveries.count > 40 && spool.pending("a").count == deliveries.count)
        #expect(spool.bytes <= RoomTests.maxSize && spool.bytes > RoomTests.maxSize * 8 / 10)
        for delivery in deliveries[..<5] { await spool.settle(Settlement(delivery, .dead(.reset), at: applications.now)) }
        let body = String(repeating: "x", count: 4096)
        #expect(await spool.accept(applications.exchange(body: body), for: ["a"]).name == "full")
        // Discarded they make room, though nobody deletes them before that is needed.
        #expect(try await spool.discard(DeadLetterFilter()) == 5)
        #expect(try await spool.exchange(deliveries[0].exchange.id) != nil)
        _ = try await spool.kept(applications.exchange(body: body), for: ["a"])
        #expect(try await spool.exchange(deliveries[0].exchange.id) == nil)
        #expect(spool.pending("a").count == deliveries.count - 4)
        await spool.close()
    }

    @Test func theOldestFinishedGoFirst() async throws {
        let spool = try Spool(place.settings { $0.maxSize = RoomTests.maxSize })
        var applications = Applications()
        let deliveries = try await fill(spool, &applications)
        // They finish in the order opposite to that of their acceptance; the first half stays pending.
        let ended = Array(deliveries[(deliveries.count / 2)...].reversed())
        for delivery in ended {
            applications.pass(.seconds(1))
            await spool.settle(Settlement(delivery, .delivered, at: applications.now))
        }
        for _ in 0..<10 { _ = try await spool.kept(applications.exchange(body: String(repeating: "y", count: 4096)), for: ["a"]) }
        var isThere: [Bool] = []
        for delivery in ended { isThere.append(try await spool.exchange(delivery.exchange.id) != nil) }
        let gone = try #require(isThere.firstIndex(of: true))
        #expect(gone >= 10 && gone < ended.count && isThere[gone...].allSatisfy { $0 })
        #expect(spool.pending("a").count == deliveries.count - ended.count + 10 && spool.bytes <= RoomTests.maxSize)
        await spool.close()
    }

    /// Far more goes through than fits at once, and the file stays within its bound.
    @Test func whatIsFinishedMakesRoomForWhatComes() async throws {
        let spool = try Spool(place.settings { $0.maxSize = RoomTests.maxSize })
        var applications = Applications()
        for _ in 0..<500 {
            let delivery = try await spool.kept(applications.exchange(body: String(repeating: "z", count: 4096)), for: ["a"])[0]
            await spool.settle(Settlement(delivery, .delivered, at: applications.now))
        }
        #expect(spool.bytes <= RoomTests.maxSize + 64 * 1024 && spool.pending("a").count == 0)
        await spool.close()
    }

    @Test func oneThatNeverFits() async throws {
        let spool = try Spool(place.settings { $0.maxSize = RoomTests.maxSize })
        var applications = Applications()
        let body = String(repeating: "x", count: RoomTests.maxSize)
        #expect(await spool.accept(applications.exchange(body: body)).name == "full")
        #expect(await spool.accept(applications.exchange()).name == "kept")
        await spool.close()
    }

    // MARK: Keep

    /// Those finished longer ago than `keep` go with all that belongs to them, in batches; the others stay.
    @Test func finishedOnesGoAfterAWhile() async throws {
        var bounds = Bounds()
        bounds.batch = 2
        let clock = Mutex(Applications().now)
        let shared = Shared(clock)
        var spool = try Spool(place.settings { $0.keep = .seconds(60) }, bounds, now: shared.now)
        var applications = Applications()
        var finished: [SpooledExchange] = []
        for place in 0..<5 {
            let exchange = applications.exchange(key: "\(place)")
            finished.append(exchange)
            _ = await spool.end(try await spool.kept(exchange), [.delivered, .skipped(.paused)], at: applications.now)
        }
        let (pending, dead) = (applications.exchange(), applications.exchange())
        _ = try await spool.kept(pending)
        _ = await spool.end(try await spool.kept(dead), [.delivered, .dead(.reset)], at: applications.now)
        applications.pass(.seconds(60))
        let late = applications.exchange()
        _ = await spool.end(try await spool.kept(late), [.delivered, .delivered], at: applications.now)
        await spool.close()

        shared.set(applications.now)
        let events = Told<SpoolEvent>()
        spool = try Spool(place.settings { $0.keep = .seconds(60) }, bounds, observe: events.tell, now: shared.now)
        // Five in batches of two.
        _ = await events.first(3)
        for exchange in finished { #expect(try await spool.exchange(exchange.id) == nil) }
        for exchange in [pending, dead, late] { #expect(try await spool.exchange(exchange.id) != nil) }
        // Their keys are free again.
        #expect(await spool.accept(applications.exchange(key: "0")).name == "kept")
        await spool.close()
        for (table, count) in [("exchanges", 4), ("requests", 4), ("deliveries", 8)] { #expect(try place.count(table) == count) }
    }

    private final class Shared: Sendable {
        private let clock: Mutex<WallTime>
        init(_ clock: consuming Mutex<WallTime>) { self.clock = clock }
        var now: @Sendable () -> WallTime { { self.clock.withLock { $0 } } }
        func set(_ time: WallTime) { clock.withLock { $0 = time } }
    }
}
