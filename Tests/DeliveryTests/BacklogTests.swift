import Exchange
import Testing

@testable import Delivery

@Suite struct BacklogTests {
    private func take(_ delivery: SpooledDelivery, _ backlog: inout Backlog) -> Bool { backlog.take(delivery) }

    @Test func theNextIsTheOneWhoseTimeIsFirst() {
        var backlog = Backlog(limit: 10, byteLimit: 1000)
        for (id, at) in [(1, 30), (2, 10), (3, 20), (4, 10), (5, 0)] as [(Int64, UInt64)] {
            #expect(take(Fixture.delivery(id, at: at), &backlog) == true)
        }
        var order: [Int64] = []
        while let next = backlog.popFirst() { order.append(next.id.value) }
        #expect(order == [5, 2, 4, 3, 1])
        #expect(backlog.heldCount == 5 && backlog.waitingCount == 0)
    }

    @Test func takesNoMoreThanItsLimits() {
        var backlog = Backlog(limit: 3, byteLimit: 100)
        #expect(take(Fixture.delivery(1, body: 60), &backlog) == true)
        #expect(take(Fixture.delivery(2, body: 60), &backlog) == false, "its bytes would pass the bound")
        #expect(take(Fixture.delivery(3, body: 10), &backlog) == true)
        #expect(take(Fixture.delivery(4), &backlog) == true)
        #expect(take(Fixture.delivery(5), &backlog) == false, "there are three")
        #expect(backlog.room == 0)
        backlog.drop(DeliveryID(1))
        #expect(backlog.room == 1)
        #expect(take(Fixture.delivery(2, body: 60), &backlog) == true)
    }

    @Test func takesOneThatIsLargerThanAllRoomWhereItIsAlone() {
        var backlog = Backlog(limit: 3, byteLimit: 100)
        #expect(take(Fixture.delivery(1, body: 5000), &backlog) == true)
        #expect(take(Fixture.delivery(2, body: 1), &backlog) == false)
        backlog.drop(DeliveryID(1))
        #expect(backlog.bytes == 0)
    }

    @Test func holdsOneUntilItIsDropped() {
        var backlog = Backlog(limit: 3, byteLimit: 100)
        #expect(take(Fixture.delivery(1), &backlog) == true)
        let taken = backlog.popFirst()
        #expect(take(Fixture.delivery(1), &backlog) == false, "it is held still")
        taken.map { backlog.putBack($0) }
        #expect(backlog.popFirst()?.id == DeliveryID(1))
        backlog.drop(DeliveryID(1))
        taken.map { backlog.putBack($0) }
        #expect(backlog.waitingCount == 0, "what is held no longer does not come back")
        #expect(take(Fixture.delivery(1), &backlog) == true)
    }
}
