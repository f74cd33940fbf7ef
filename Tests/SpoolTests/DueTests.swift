import Exchange
@testable import Spool
import Testing

@Suite struct DueTests {
    private let place = Place()

    /// Deliveries to `a` alone, of bodies of so many bytes.
    private func fill(
        _ spool: Spool, _ applications: inout Applications, _ count: Int, order: String? = nil
    ) async throws -> [SpooledDelivery] {
        var deliveries: [SpooledDelivery] = []
        for _ in 0..<count {
            deliveries += try await spool.kept(applications.exchange(body: String(repeating: "x", count: 1000), order: order), for: ["a"])
        }
        return deliveries
    }

    private func ids(_ due: Due) -> [DeliveryID] { due.deliveries.map(\.id) }

    @Test func byTimeThenById() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let all = try await fill(spool, &applications, 4)
        let now = applications.now
        await spool.settle(Settlement(all[0], .retry(at: now), at: now))
        await spool.settle(Settlement(all[1], .retry(at: now.advanced(byNanoseconds: 10)), at: now))
        #expect(ids(await spool.due(at: now)) == [all[2], all[0], all[3]].map(\.id))
        let due = await spool.due(at: now)
        #expect(due.nextAt == now.advanced(byNanoseconds: 10))
        #expect(ids(await spool.due(at: now.advanced(byNanoseconds: 10))) == [all[2], all[0], all[3], all[1]].map(\.id))
        #expect(await spool.due("b", at: now).deliveries.isEmpty)
        await spool.close()
    }

    @Test func limitBytesAndHeld() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let all = try await fill(spool, &applications, 5).map(\.id)
        let now = applications.now
        let two = await spool.due(at: now, limit: 2)
        #expect(ids(two) == Array(all[..<2]) && two.nextAt == now)
        let five = await spool.due(at: now, limit: 5)
        #expect(ids(five) == all && five.nextAt == nil)
        // Each is a little more than 1,000 bytes.
        let bytes = await spool.due(at: now, bytes: 2500)
        #expect(ids(bytes) == Array(all[..<2]) && bytes.nextAt == now)
        let one = await spool.due(at: now, bytes: 1)
        #expect(ids(one) == [all[0]] && one.nextAt == now)
        let others = await spool.due(at: now, besides: [all[0], all[3]], limit: 2)
        #expect(ids(others) == [all[1], all[2]] && others.nextAt == now)
        // Those that are held don't count: whoever holds them knows.
        let none = await spool.due(at: now, besides: Set(all))
        #expect(none.deliveries.isEmpty && none.nextAt == nil)
        let noRoom = await spool.due(at: now, limit: 0)
        #expect(noRoom.deliveries.isEmpty && noRoom.nextAt == now)
        await spool.close()
    }

    @Test func whoSharesAnOrderKeyGoesOneAfterTheOther() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let red = try await fill(spool, &applications, 3, order: "red")
        let blue = try await fill(spool, &applications, 2, order: "blue")
        let plain = try await fill(spool, &applications, 2)
        let now = applications.now
        #expect(ids(await spool.due(at: now)) == [red[0], blue[0], plain[0], plain[1]].map(\.id))
        // The first is held: those behind it wait, and don't make the caller ask again.
        let besides = Set([red[0], blue[0], plain[0], plain[1]].map(\.id))
        let none = await spool.due(at: now, besides: besides)
        #expect(none.deliveries.isEmpty && none.nextAt == nil)
        // It is put off: they wait as long.
        let later = now.advanced(byNanoseconds: 1_000)
        await spool.settle(Settlement(red[0], .retry(at: later), at: now))
        let due = await spool.due(at: now, besides: besides.subtracting([red[0].id]))
        #expect(due.deliveries.isEmpty && due.nextAt == later)
        await spool.settle(Settlement(red[0], .dead(.reset), at: now))
        #expect(ids(await spool.due(at: now, besides: besides)) == [red[1].id])
        // One in the middle ends while it waits: the first still holds.
        await spool.settle(Settlement(red[2], .skipped(.paused), at: now))
        #expect(ids(await spool.due(at: now, besides: besides)) == [red[1].id])
        await spool.settle(Settlement(blue[0], .delivered, at: now))
        #expect(ids(await spool.due(at: now, besides: besides)) == [blue[1].id, red[1].id].sorted())
        await spool.close()
    }

    @Test func anOrderKeyHoldsForOneUpstream() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let first = try await spool.kept(applications.exchange(order: "red"))
        let second = try await spool.kept(applications.exchange(order: "red"))
        await spool.settle(Settlement(first[0], .delivered, at: applications.now))
        #expect(ids(await spool.due("a", at: applications.now)) == [second[0].id])
        #expect(ids(await spool.due("b", at: applications.now)) == [first[1].id])
        await spool.close()
    }

    /// A dead letter that comes back stands where it stood.
    @Test func aReplayedOneTakesItsPlaceInTheLine() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let red = try await fill(spool, &applications, 3, order: "red")
        let now = applications.now
        await spool.settle(Settlement(red[0], .dead(.reset), at: now))
        #expect(ids(await spool.due(at: now)) == [red[1].id])
        #expect(try await spool.replay(DeadLetterFilter(), rate: nil, now: now) == 1)
        #expect(ids(await spool.due(at: now)) == [red[0].id])
        await spool.settle(Settlement(red[0], .delivered, at: now))
        #expect(ids(await spool.due(at: now)) == [red[1].id])
        // One that waited behind another dies, and comes back behind it.
        await spool.settle(Settlement(red[2], .dead(.reset), at: now))
        #expect(try await spool.replay(DeadLetterFilter(), rate: nil, now: now) == 1)
        #expect(ids(await spool.due(at: now)) == [red[1].id])
        await spool.settle(Settlement(red[1], .delivered, at: now))
        #expect(ids(await spool.due(at: now)) == [red[2].id])
        await spool.close()
    }

    /// A question sees what was handed over before it, though nothing of that is committed yet.
    @Test func inOrderWithTheRest() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let first = try await spool.kept(applications.exchange(), for: ["a"])[0]
        let now = applications.now
        let told = Told<String>()
        let second = applications.exchange()
        spool.settle(Settlement(first, .delivered, at: now)) { _ in told.tell("settled") }
        spool.accept(second, for: ["a"]) { _ in told.tell("kept") }
        spool.due("a", at: applications.now, besides: [], limit: 10, bytes: 1000) { due in
            told.tell(due.deliveries.map(\.exchange.id) == [second.id] ? "due" : "wrong")
        }
        #expect(await told.first(3) == ["settled", "kept", "due"])
        await spool.close()
    }
}
