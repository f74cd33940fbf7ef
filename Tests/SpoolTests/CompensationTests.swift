import Exchange
import NIOCore
@testable import Spool
import Synchronization
import Testing

@Suite struct CompensationTests {
    private let place = Place()
    private let failures = Told<PartialFailure>()

    /// Makes a DELETE to everyone who took it, on the route `orders`.
    private func compensations() -> Compensations {
        let applications = Mutex(Applications(seed: 99))
        let made = Made(applications: applications)
        return Compensations(concern: { $0 == "orders" }, calls: { [failures] failure in
            failures.tell(failure)
            return failure.delivered.map { (made.call(failure.exchange), $0) }
        })
    }

    private final class Made: Sendable {
        let applications: Mutex<Applications>
        init(applications: consuming Mutex<Applications>) { self.applications = applications }
        func call(_ exchange: SpooledExchange) -> SpooledExchange {
            applications.withLock { $0.exchange(method: "DELETE", body: nil, compensates: exchange.id) }
        }
    }

    private func spool() throws -> Spool { try Spool(place.settings(), compensations: compensations()) }

    @Test func aPartialFailureIsMadeGoodOnce() async throws {
        let spool = try spool()
        var applications = Applications()
        let exchange = applications.exchange()
        let deliveries = try await spool.kept(exchange, for: ["a", "b", "c"])
        var taken = Settlement(deliveries[0], .delivered, at: applications.now, status: 201)
        taken.attempt = AttemptEntry(
            number: 1, startedAt: applications.now, endedAt: applications.now, errorClass: nil, status: 201, detail: "",
            answer: ByteBuffer(string: #"{"order":7}"#))
        #expect(await spool.settle(taken).compensations.isEmpty)
        #expect(await spool.settle(Settlement(deliveries[1], .dead(.http4xx), at: applications.now)).compensations.isEmpty)
        let last = await spool.settle(Settlement(deliveries[2], .delivered, at: applications.now))
        #expect(last.exchangeIsFinished && last.compensations.map(\.upstream) == ["a", "c"])
        let failure = try #require(failures.values.first)
        #expect(failure.exchange.id == exchange.id && failure.exchange.body == exchange.body)
        #expect(failure.delivered == ["a", "c"] && failure.dead == ["b"])
        #expect(failure.answers == ["a": ByteBuffer(string: #"{"order":7}"#)])
        // A replay that fails again makes none anew.
        #expect(try await spool.replay(DeadLetterFilter(), rate: nil, now: applications.now) == 1)
        #expect(await spool.settle(Settlement(deliveries[1], .dead(.reset), at: applications.now)).compensations.isEmpty)
        #expect(failures.values.count == 1 && spool.pending("a").count == 1 && spool.pending("c").count == 1)

        // What they make good is compensated with them; where one of them dies it is not.
        let calls = last.compensations
        #expect(calls[0].exchange.compensates == exchange.id && calls[0].exchange.method == "DELETE")
        #expect(await spool.due("a", at: calls[0].nextAttemptAt).deliveries.map(\.id) == [calls[0].id])
        let good = await spool.settle(Settlement(calls[0], .delivered, at: applications.now))
        #expect(good.state == .compensated && good.exchangeIsFinished)
        #expect(await spool.settle(Settlement(calls[1], .dead(.reset), at: applications.now)).state == .dead)
        #expect(try await spool.states(exchange.id) == ["a": .compensated, "b": .dead, "c": .delivered])
        #expect(try await spool.states(calls[0].exchange.id) == ["a": .compensated])
        #expect(failures.values.count == 1 && spool.deadCount("c") == 1)
        await spool.close()
    }

    @Test(arguments: [
        [Settlement.Next.delivered, .delivered], [.dead(.reset), .dead(.reset)], [.delivered, .skipped(.paused)],
        [.dead(.reset), .skipped(.paused)],
    ])
    func anythingElseIsNoPartialFailure(_ nexts: [Settlement.Next]) async throws {
        let spool = try spool()
        var applications = Applications()
        let settled = await spool.end(try await spool.kept(applications.exchange()), nexts, at: applications.now)
        #expect(settled.allSatisfy { $0.compensations.isEmpty } && failures.values.isEmpty)
        await spool.close()
    }

    @Test func noneForOtherRoutesNorForCompensatingCalls() async throws {
        let spool = try spool()
        var applications = Applications()
        for exchange in [applications.exchange(route: "other"), applications.exchange(compensates: applications.exchange().id)] {
            _ = await spool.end(try await spool.kept(exchange), [.delivered, .dead(.reset)], at: applications.now)
        }
        #expect(failures.values.isEmpty)
        await spool.close()
    }
}
