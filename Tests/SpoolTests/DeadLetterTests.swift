import Exchange
import NIOCore
@testable import Spool
import Testing

@Suite struct DeadLetterTests {
    private let place = Place()

    /// An exchange to `a` and `b` whose delivery to `b` is dead.
    private func die(
        _ spool: Spool, _ exchange: SpooledExchange, _ errorClass: ErrorClass = .http5xx, at time: WallTime
    ) async throws -> SpooledDelivery {
        let deliveries = try await spool.kept(exchange)
        _ = await spool.end(deliveries, [.delivered, .dead(errorClass)], at: time)
        return deliveries[1]
    }

    @Test func filters() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        var ids: [DeliveryID] = []
        for (route, errorClass) in [("r", ErrorClass.http5xx), ("r", .reset), ("s", .http5xx), ("s", .reset)] {
            ids.append(try await die(spool, applications.exchange(route: route), errorClass, at: applications.now).id)
        }
        let now = applications.now
        func found(_ change: (inout DeadLetterFilter) -> Void) async throws -> [Int] {
            var filter = DeadLetterFilter()
            change(&filter)
            return try await spool.deadLetters(filter).compactMap { letter in ids.firstIndex(of: letter.delivery.id) }
        }
        #expect(try await found { _ in } == [0, 1, 2, 3])
        #expect(try await found { $0.route = "s" } == [2, 3])
        #expect(try await found { $0.errorClass = .reset } == [1, 3])
        #expect(try await found { $0.upstream = "b"; $0.route = "r"; $0.errorClass = .reset } == [1])
        #expect(try await found { $0.upstream = "a" } == [])
        #expect(try await found { $0.ids = [ids[3], ids[0], DeliveryID(99)] } == [0, 3])
        #expect(try await found { $0.ids = [] } == [])
        #expect(try await found { $0.settledBefore = now } == [0, 1, 2])
        #expect(try await found { $0.after = ids[1] } == [2, 3])
        #expect(try await found { $0.limit = 2 } == [0, 1])
        #expect(try await found { $0.limit = -5 } == [0])
        #expect(spool.deadCount("b") == 4 && spool.deadCount("a") == 0)
        await spool.close()
    }

    /// Lists leave out what may be large; one letter is whole.
    @Test func oneIsWhole() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let exchange = applications.exchange()
        let delivery = try await spool.kept(exchange, for: ["a"])[0]
        let entry = AttemptEntry(
            number: 1, startedAt: applications.now, endedAt: applications.now, errorClass: .http4xx, status: 404, detail: "not found",
            answer: ByteBuffer(string: "no"))
        await spool.settle(
            Settlement(
                delivery: delivery.id, attempts: 1, firstAttemptAt: applications.now, attempt: entry, status: 404, errorClass: .http4xx,
                next: .dead(.http4xx), at: applications.now))
        let listed = try #require(try await spool.deadLetters(DeadLetterFilter()).first)
        #expect(listed.exchange.body == nil && listed.exchange.headers.isEmpty && listed.delivery.entries.isEmpty)
        let letter = try #require(try await spool.deadLetter(delivery.id))
        #expect(letter.exchange.body == exchange.body && letter.exchange.headers == exchange.headers)
        #expect(letter.delivery.entries == [entry] && letter.delivery.lastStatus == 404)
        #expect(try await spool.discard(DeadLetterFilter()) == 1)
        #expect(try await spool.deadLetter(delivery.id) == nil)
        await spool.close()
    }

    @Test func aReplayBeginsAnewAndLinksToTheFirstRun() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let exchange = applications.exchange()
        let first = try await die(spool, exchange, at: applications.now)
        let told = Told<String>()
        spool.setWhenDue(told.tell)
        var spans: Set<TraceContext> = [first.span]
        for run in 1...3 {
            applications.pass(.seconds(60))
            #expect(try await spool.replay(DeadLetterFilter(), rate: nil, now: applications.now) == 1)
            #expect(await told.first(run) == Array(repeating: "b", count: run))
            let due = try #require(await spool.due("b", at: applications.now).deliveries.first)
            #expect(due.id == first.id && due.attempts == 0 && due.firstAttemptAt == nil && due.startedAt == applications.now)
            #expect(due.firstSpan == first.span && due.span.traceID != exchange.trace.traceID)
            #expect(due.span.flags == [.sampled, .random] && due.span.traceState.isEmpty && spans.insert(due.span).inserted)
            #expect(spool.pending("b").count == 1 && spool.deadCount("b") == 0)
            var settlement = Settlement(due, .dead(.reset), at: applications.now)
            settlement.attempt = AttemptEntry(
                number: 1, startedAt: applications.now, endedAt: applications.now, errorClass: .reset, status: nil, detail: "\(run)",
                answer: nil)
            await spool.settle(settlement)
        }
        let view = try #require(try await spool.deadLetter(first.id)?.delivery)
        #expect(view.replays == 3 && view.entries.map(\.detail) == ["1", "2", "3"] && view.lastClass == .reset)
        await spool.close()
    }

    @Test func anUnsampledOneStaysUnsampled() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        _ = try await die(spool, applications.exchange(sampled: false), at: applications.now)
        _ = try await spool.replay(DeadLetterFilter(), rate: nil, now: applications.now)
        #expect(await spool.due("b", at: applications.now).deliveries.first?.span.flags == .random)
        await spool.close()
    }

    /// The first at once, `burst` at once with it, the others evenly; over more than one batch.
    @Test(arguments: [(1, 1), (3, 1), (10, 4)])
    func atARate(_ count: Int, _ burst: Int) async throws {
        var bounds = Bounds()
        bounds.batch = 3
        let spool = try Spool(place.settings(), bounds, now: { .now() })
        var applications = Applications()
        for _ in 0..<8 { _ = try await die(spool, applications.exchange(), at: applications.now) }
        let now = applications.now
        let progress = Told<Int>()
        let rate = RateSettings(count: count, per: .seconds(1), burst: burst)
        #expect(try await spool.replay(DeadLetterFilter(), rate: rate, now: now, progress: progress.tell) == 8)
        #expect(progress.values == [3, 6, 8])
        let due = await spool.due("b", at: now.advanced(byNanoseconds: 100_000_000_000)).deliveries
        let apart = 1_000_000_000 / UInt64(count)
        for (place, delivery) in due.enumerated() {
            let expected = now.advanced(byNanoseconds: UInt64(max(0, place - burst + 1)) * apart)
            let difference = delivery.nextAttemptAt.nanosecondsSinceEpoch.subtractingReportingOverflow(expected.nanosecondsSinceEpoch)
            #expect(Int64(bitPattern: difference.partialValue).magnitude <= 8)
        }
        #expect(due.count == 8)
        await spool.close()
    }

    @Test func discardingLetsTheExchangeBeFinished() async throws {
        let clock = WallTime(nanosecondsSinceEpoch: 4_100_000_000_000_000_000)
        let spool = try Spool(place.settings { $0.keep = .seconds(1 << 30) }, Bounds(), now: { clock })
        var applications = Applications()
        let exchange = applications.exchange()
        let deliveries = try await spool.kept(exchange, for: ["a", "b", "c"])
        _ = await spool.end(deliveries, [.dead(.reset), .dead(.reset)], at: applications.now)
        var one = DeadLetterFilter()
        one.upstream = "a"
        #expect(try await spool.discard(one) == 1)
        #expect(try await spool.exchange(exchange.id)?.finishedAt == nil)
        #expect(try await spool.discard(one) == 0)
        await spool.settle(Settlement(deliveries[2], .delivered, at: applications.now))
        #expect(try await spool.exchange(exchange.id)?.finishedAt == nil)
        #expect(try await spool.discard(DeadLetterFilter()) == 1)
        #expect(try await spool.exchange(exchange.id)?.finishedAt == clock)
        #expect(try await spool.replay(DeadLetterFilter(), rate: nil, now: clock) == 0)
        #expect(spool.deadCount("a") == 0 && spool.deadCount("b") == 0)
        #expect(try await spool.states(exchange.id) == ["a": .dead, "b": .dead, "c": .delivered])
        await spool.close()
    }
}
