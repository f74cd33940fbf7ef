import Exchange
@testable import Spool
import Testing

/// Groups, the mailbox's bounds, and a file that can't be written for a while.
@Suite struct GroupTests {
    private let place = Place()

    @Test func manyShareACommit() async throws {
        let events = Told<SpoolEvent>()
        let spool = try Spool(place.settings { $0.sync = .full }, observe: events.tell)
        var applications = Applications()
        let exchanges = (0..<1000).map { _ in applications.exchange() }
        await withTaskGroup(of: Void.self) { group in
            for exchange in exchanges { group.addTask { #expect(await spool.accept(exchange).name == "kept") } }
        }
        #expect(spool.pending("a").count == 1000 && spool.pending("b").count == 1000)
        await spool.close()
        let operations = events.values.reduce(0) { if case .committed(let count, _) = $1 { $0 + count } else { $0 } }
        #expect(operations == 1000 && events.commits < 500)
    }

    /// Answers come in the order of the questions, whatever they are.
    @Test func inTheOrderHandedOver() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let told = Told<Int>()
        for place in 0..<2000 {
            if place % 3 == 0 {
                spool.due("a", at: applications.now, besides: [], limit: 1, bytes: 1) { _ in told.tell(place) }
            } else {
                spool.accept(applications.exchange(), for: ["a"]) { _ in told.tell(place) }
            }
        }
        #expect(await told.first(2000) == Array(0..<2000))
        await spool.close()
    }

    // MARK: Bounds

    @Test func theMailboxHasItsBounds() {
        var bounds = Bounds()
        (bounds.waitingOperations, bounds.groupOperations) = (5, 3)
        let mailbox = Mailbox(bounds)
        var applications = Applications()
        let exchange = applications.exchange()
        let accept = Operation.accept(exchange, []) { _ in }
        let due = Operation.due(DueQuestion(upstream: "a", now: applications.now, held: [], limit: 1, bytes: 1)) { _ in }
        for _ in 0..<5 { #expect(mailbox.put(accept) == nil) }
        #expect(mailbox.put(accept) == .full(operations: 5, bytes: 5 * exchange.size))
        // What is no more than others have on their way is always taken.
        #expect(mailbox.put(due) == nil)
        #expect(mailbox.take(until: .now()).count == 3 && mailbox.take(until: .now()).count == 3)
        #expect(mailbox.take(until: .now()).isEmpty && mailbox.put(accept) == nil)
        mailbox.close()
        #expect(mailbox.put(due) == .closed && mailbox.take(until: .never).count == 1 && mailbox.take(until: .never).isEmpty)
    }

    @Test func bytesThatWaitHaveABound() {
        var applications = Applications()
        let exchange = applications.exchange()
        var bounds = Bounds()
        (bounds.waitingBytes, bounds.groupBytes) = (3 * exchange.size, 2 * exchange.size)
        let mailbox = Mailbox(bounds)
        for _ in 0..<3 { #expect(mailbox.put(.accept(exchange, []) { _ in }) == nil) }
        #expect(mailbox.put(.accept(exchange, []) { _ in }) == .full(operations: 3, bytes: 3 * exchange.size))
        #expect(mailbox.take(until: .now()).count == 2 && mailbox.take(until: .now()).count == 1)
    }

    /// While a slow disk holds the writer, what comes on top is refused at once, and what was taken is kept.
    @Test func moreThanTheMailboxHoldsIsRefused() async throws {
        var bounds = Bounds()
        bounds.waitingOperations = 10
        bounds.busyTimeout = .seconds(60)
        let spool = try Spool(place.settings(), bounds, now: { .now() })
        var applications = Applications()
        _ = try await spool.kept(applications.exchange())
        let told = Told<String>()
        let rival = try Rival(place)
        for _ in 0..<600 { spool.accept(applications.exchange(), for: ["a"]) { told.tell($0.name) } }
        // One group of no more than ten may be with the writer, ten may wait.
        #expect(told.values.count >= 580 && told.values.allSatisfy { $0 == "failed: io" })
        try rival.letGo()
        let answers = await told.first(600)
        #expect(answers.contains("kept") && answers.contains("failed: io"))
        #expect(spool.pending("a").count == answers.count { $0 == "kept" } + 1)
        await spool.close()
    }

    // MARK: Failing

    /// While another program holds the file: nothing is said to be kept, settlements wait and are written once it lets go.
    @Test func settlementsOutliveAFailure() async throws {
        var bounds = Bounds()
        (bounds.busyTimeout, bounds.retryPause) = (.milliseconds(5), .milliseconds(5))
        let events = Told<SpoolEvent>()
        let spool = try Spool(place.settings(), bounds, observe: events.tell, now: { .now() })
        var applications = Applications()
        let deliveries = try await spool.kept(applications.exchange(), for: ["a", "b", "c"])
        let now = applications.now
        let rival = try Rival(place)

        let settled = Told<Settled>()
        spool.settle(Settlement(deliveries[0], .delivered, at: now), settled.tell)
        spool.settle(Settlement(deliveries[1], .retry(at: now), at: now), settled.tell)
        #expect(await spool.accept(applications.exchange()).name == "failed: io")
        // Neither is on its way any more, nor is it due again. The third is.
        for (upstream, count) in [("a", 0), ("b", 0), ("c", 1)] {
            let due = await spool.due(upstream, at: now)
            #expect(due.deliveries.count == count && due.nextAt == nil && due.fault == nil)
        }
        #expect(settled.values.isEmpty && spool.pending("a").count == 1 && events.troubles == ["failing: io"])
        #expect(await fault { () throws(SpoolFault) in try await spool.discard(DeadLetterFilter()) }?.code == .io)

        try rival.letGo()
        let states = await settled.first(2).map(\.state)
        #expect(states == [.delivered, nil] && spool.pending("a").count == 0)
        #expect(await spool.accept(applications.exchange()).name == "kept")
        #expect(await spool.due("b", at: now).deliveries.map(\.id) == [deliveries[1].id])
        #expect(events.troubles == ["failing: io", "recovered"])
        await spool.close()
    }

    /// It tells that it works again also where nobody asks anything of it.
    @Test func itRecoversByItself() async throws {
        var bounds = Bounds()
        (bounds.busyTimeout, bounds.retryPause) = (.milliseconds(5), .milliseconds(5))
        let events = Told<SpoolEvent>()
        let spool = try Spool(place.settings(), bounds, observe: events.tell, now: { .now() })
        var applications = Applications()
        let rival = try Rival(place)
        #expect(await spool.accept(applications.exchange()).name == "failed: io")
        try rival.letGo()
        while events.troubles.count < 2 { _ = await events.first(events.values.count + 1) }
        #expect(events.troubles == ["failing: io", "recovered"])
        #expect(!events.failures.isEmpty && events.failures.allSatisfy { SpoolFault.Code.ofWriting.contains($0) })
        await spool.close()
    }

    @Test func whatCannotBeKeptAtTheEndStaysPending() async throws {
        var bounds = Bounds()
        (bounds.busyTimeout, bounds.retryPause) = (.milliseconds(5), .seconds(3600))
        let spool = try Spool(place.settings(), bounds, now: { .now() })
        var applications = Applications()
        let delivery = try await spool.kept(applications.exchange(), for: ["a"])[0]
        let rival = try Rival(place)
        let settled = Told<Settled>()
        spool.settle(Settlement(delivery, .delivered, at: applications.now), settled.tell)
        await spool.close()
        #expect(settled.values.map(\.state) == [nil] && settled.values.count == 1)
        try rival.letGo()
        let again = try Spool(place.settings())
        #expect(again.pending("a").count == 1)
        await again.close()
    }
}
