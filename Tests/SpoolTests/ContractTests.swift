import Exchange
import NIOCore
@testable import Spool
import Testing

@Suite struct ContractTests {
    private let place = Place()

    private func spool(_ change: (inout SpoolSettings) -> Void = { _ in }) throws -> Spool { try Spool(place.settings(change)) }

    // MARK: Accepting

    /// What comes back is what went in, byte for byte, also after the spool was closed.
    @Test func whatIsKeptComesBackWhole() async throws {
        var spool = try spool()
        var applications = Applications()
        let exchange = applications.exchange(key: "k", order: "o", compensates: applications.exchange().id)
        let kept = try await spool.kept(exchange)
        #expect(kept.map(\.upstream) == ["a", "b"] && kept[0].id < kept[1].id)
        #expect(kept[0].span.spanID != kept[1].span.spanID && kept[0].span.spanID != exchange.trace.spanID)
        await spool.close()
        spool = try self.spool()
        let due = await spool.due(at: applications.now)
        let delivery = try #require(due.deliveries.first)
        #expect(due.deliveries.count == 1 && due.nextAt == nil && due.fault == nil)
        #expect(delivery.id == kept[0].id && delivery.span == kept[0].span && delivery.firstSpan == nil)
        #expect(delivery.attempts == 0 && delivery.firstAttemptAt == nil)
        #expect(delivery.startedAt == exchange.receivedAt && delivery.nextAttemptAt == exchange.receivedAt)
        let found = delivery.exchange
        #expect(found.id == exchange.id && found.route == exchange.route && found.receivedAt == exchange.receivedAt)
        #expect(found.method == exchange.method && found.target == exchange.target && found.minorVersion == exchange.minorVersion)
        #expect(found.headers == exchange.headers && found.body == exchange.body && found.trace == exchange.trace)
        #expect(found.baggage == exchange.baggage && found.idempotencyKey == "k" && found.orderKey == "o")
        #expect(found.compensates == exchange.compensates)
        await spool.close()
    }

    @Test(arguments: [nil, 0, 1, 400_000])
    func bodies(_ size: Int?) async throws {
        let body = size.map { String(repeating: "x", count: $0) }
        let spool = try spool()
        var applications = Applications()
        let exchange = applications.exchange(body: body)
        _ = try await spool.kept(exchange)
        let found = try #require(await spool.due(at: applications.now).deliveries.first).exchange
        #expect(found.body == body.map { ByteBuffer(string: $0) })
        let view = try #require(try await spool.exchange(exchange.id))
        #expect(view.exchange.body == found.body && view.finishedAt == nil)
        await spool.close()
    }

    @Test func anExchangeForNobodyIsFinished() async throws {
        let spool = try spool()
        var applications = Applications()
        let exchange = applications.exchange()
        #expect(try await spool.kept(exchange, for: []).isEmpty)
        #expect(try await spool.exchange(exchange.id)?.finishedAt == exchange.receivedAt)
        await spool.close()
    }

    /// One that can't be kept for itself does not spoil the others of its commit.
    @Test func oneThatFailsByItselfFailsAlone() async throws {
        let events = Told<SpoolEvent>()
        let spool = try Spool(place.settings(), observe: events.tell)
        var applications = Applications()
        let (first, other) = (applications.exchange(), applications.exchange())
        let told = Told<String>()
        for exchange in [first, first, other] { spool.accept(exchange, for: ["a"]) { told.tell($0.name) } }
        #expect(await told.first(3) == ["kept", "failed: io", "kept"])
        #expect(spool.pending("a").count == 2 && events.troubles.isEmpty)
        await spool.close()
    }

    // MARK: Idempotency

    @Test func aKeyIsTakenOnceForEachRoute() async throws {
        let spool = try spool()
        var applications = Applications()
        let first = applications.exchange(key: "k")
        _ = try await spool.kept(first)
        let answers = [
            (applications.exchange(key: "k"), "repeated"), (applications.exchange(body: "{ }", key: "k"), "conflicting"),
            (applications.exchange(body: nil, key: "k"), "conflicting"), (applications.exchange(method: "PUT", key: "k"), "conflicting"),
            (applications.exchange(target: "/orders", key: "k"), "conflicting"), (applications.exchange(route: "other", key: "k"), "kept"),
            (applications.exchange(key: "K"), "kept"), (applications.exchange(key: nil), "kept"),
        ]
        for (exchange, expected) in answers {
            let acceptance = await spool.accept(exchange)
            #expect(acceptance.name == expected)
            switch acceptance {
            case .repeated(let id), .conflicting(let id): #expect(id == first.id)
            default: break
            }
        }
        #expect(spool.pending("a").count == 4)
        await spool.close()
    }

    @Test func noBodyAndAnEmptyOneAreTheSame() async throws {
        let spool = try spool()
        var applications = Applications()
        _ = try await spool.kept(applications.exchange(body: nil, key: "k"))
        #expect(await spool.accept(applications.exchange(body: "", key: "k")).name == "repeated")
        await spool.close()
    }

    /// Also where both are in one commit: the first wins.
    @Test func theSameKeyTwiceAtOnce() async throws {
        let spool = try spool()
        var applications = Applications()
        let told = Told<String>()
        for exchange in [applications.exchange(key: "k"), applications.exchange(key: "k"), applications.exchange(body: "1", key: "k")] {
            spool.accept(exchange, for: ["a"]) { told.tell($0.name) }
        }
        #expect(await told.first(3) == ["kept", "repeated", "conflicting"])
        await spool.close()
    }

    // MARK: Settling

    @Test(arguments: [
        (Settlement.Next.delivered, DeliveryState.delivered, true), (.dead(.http5xx), .dead, false),
        (.skipped(.spoolFull), .skipped, true),
    ])
    func ends(_ next: Settlement.Next, _ state: DeliveryState, _ finishes: Bool) async throws {
        let spool = try spool()
        var applications = Applications()
        let exchange = applications.exchange()
        let deliveries = try await spool.kept(exchange)
        let time = applications.now.advanced(byNanoseconds: 77)
        let first = await spool.settle(Settlement(deliveries[0], .delivered, at: time, status: 201))
        #expect(first.state == .delivered && !first.exchangeIsFinished && first.compensations.isEmpty)
        let second = await spool.settle(Settlement(deliveries[1], next, at: time))
        #expect(second.state == state && second.exchangeIsFinished && second.compensations.isEmpty)
        let view = try #require(try await spool.exchange(exchange.id))
        #expect(view.finishedAt == (finishes ? time : nil))
        #expect(view.deliveries.map(\.state) == [.delivered, state] && view.deliveries.allSatisfy { $0.settledAt == time })
        #expect(view.deliveries[0].lastStatus == 201 && view.deliveries[0].nextAttemptAt == nil)
        #expect(view.deliveries[1].lastClass == (state == .dead ? .http5xx : nil))
        #expect(view.deliveries[1].skipReason == (state == .skipped ? .spoolFull : nil))
        #expect(spool.pending("b") == PendingView(count: 0, oldest: nil) && spool.deadCount("b") == (state == .dead ? 1 : 0))
        await spool.close()
    }

    /// The first end holds; a second one changes nothing.
    @Test func whatHasEndedStaysAsItIs() async throws {
        let spool = try spool()
        var applications = Applications()
        let delivery = try await spool.kept(applications.exchange(), for: ["a"])[0]
        await spool.settle(Settlement(delivery, .delivered, at: applications.now))
        for next in [Settlement.Next.dead(.reset), .retry(at: applications.now), .skipped(.paused), .delivered] {
            let again = await spool.settle(Settlement(delivery, next, at: applications.now))
            #expect(again.state == .delivered && again.exchangeIsFinished)
        }
        #expect(spool.pending("a").count == 0 && spool.deadCount("a") == 0)
        var unknown = Settlement(delivery, .delivered, at: applications.now)
        unknown.delivery = DeliveryID(4711)
        #expect(await spool.settle(unknown).state == nil)
        await spool.close()
    }

    @Test func aRetryKeepsWhatIsKnown() async throws {
        let spool = try spool()
        var applications = Applications()
        let exchange = applications.exchange()
        let delivery = try await spool.kept(exchange, for: ["a"])[0]
        let (started, later) = (applications.now, applications.now.advanced(byNanoseconds: 5_000_000_000))
        let entry = AttemptEntry(
            number: 1, startedAt: started, endedAt: later, errorClass: .http5xx, status: 503, detail: String(repeating: "d", count: 2000),
            answer: ByteBuffer(repeating: 7, count: 3000))
        let settled = await spool.settle(
            Settlement(
                delivery: delivery.id, attempts: 1, firstAttemptAt: started, attempt: entry, status: 503, errorClass: .http5xx,
                next: .retry(at: later), at: started))
        #expect(settled.state == nil && !settled.exchangeIsFinished)
        // One that was only put off knows nothing of an attempt.
        await spool.settle(
            Settlement(
                delivery: delivery.id, attempts: 1, firstAttemptAt: nil, attempt: nil, status: nil, errorClass: nil,
                next: .retry(at: later), at: started))
        let empty = await spool.due(at: started)
        #expect(empty.deliveries.isEmpty && empty.nextAt == later)
        let due = try #require(await spool.due(at: later).deliveries.first)
        #expect(due.attempts == 1 && due.firstAttemptAt == started && due.nextAttemptAt == later && due.span == delivery.span)
        let view = try #require(try await spool.exchange(exchange.id)?.deliveries.first)
        #expect(view.lastClass == .http5xx && view.lastStatus == 503 && view.nextAttemptAt == later && view.attempts == 1)
        let kept = try #require(view.entries.first)
        #expect(view.entries.count == 1 && kept.answer?.readableBytes == AttemptEntry.answerLimit)
        #expect(kept.detail.count == AttemptEntry.detailLimit && kept.startedAt == started && kept.endedAt == later)
        #expect(kept.number == 1 && kept.errorClass == .http5xx && kept.status == 503)
        await spool.close()
    }

    @Test func theOldestIsWhoWasAcceptedFirst() async throws {
        let spool = try spool()
        var applications = Applications()
        let exchanges = (0..<3).map { _ in applications.exchange() }
        var deliveries: [SpooledDelivery] = []
        for exchange in exchanges { deliveries += try await spool.kept(exchange, for: ["a"]) }
        #expect(spool.pending("a") == PendingView(count: 3, oldest: exchanges[0].receivedAt))
        await spool.settle(Settlement(deliveries[1], .delivered, at: applications.now))
        #expect(spool.pending("a") == PendingView(count: 2, oldest: exchanges[0].receivedAt))
        await spool.settle(Settlement(deliveries[0], .delivered, at: applications.now))
        #expect(spool.pending("a") == PendingView(count: 1, oldest: exchanges[2].receivedAt))
        await spool.settle(Settlement(deliveries[2], .delivered, at: applications.now))
        #expect(spool.pending("a") == PendingView(count: 0, oldest: nil) && spool.pending("nobody").count == 0)
        await spool.close()
    }
}
