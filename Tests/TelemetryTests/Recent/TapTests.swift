import Exchange
import Synchronization
import Testing

@testable import Telemetry

@Suite struct TapPollTests {
    private let telemetry = Fixture.telemetry()

    private func numbers(_ exchanges: [RecentExchange]) -> [UInt64] { exchanges.map { $0.id.low & 0xFFFF } }

    private func story(_ number: UInt64, route: RouteID? = Fixture.orders) -> ExchangeStory { Fixture.story("POST", route: route, number: number) }

    private func settle(_ recorder: Recorder, _ number: UInt64, _ upstreams: [UpstreamID] = [Fixture.inventory, Fixture.shipping]) {
        for upstream in upstreams {
            recorder.attemptEnded(Fixture.attempt(upstream, upstream == Fixture.inventory ? .primary : .mirror, story(number), result: .delivered))
        }
    }

    @Test func whatEndsIsToldOnce() {
        let recorder = telemetry.makeRecorder()
        settle(recorder, 1)
        recorder.exchangeEnded(Fixture.exchange(story(1)))
        var poll = TapPoll(from: telemetry.recents.totals)
        settle(recorder, 2)
        recorder.exchangeEnded(Fixture.exchange(story(2)))
        let look = poll.look(telemetry.recents, at: Fixture.after(0.01))
        #expect(numbers(look.ended) == [2] && look.missed == 0)
        #expect(poll.look(telemetry.recents, at: Fixture.after(0.02)).ended.isEmpty)
    }

    @Test func whatAwaitsAMirrorIsHeldUntilItHasEnded() throws {
        let recorder = telemetry.makeRecorder()
        var poll = TapPoll(from: [])
        settle(recorder, 1, [Fixture.inventory])
        recorder.exchangeEnded(Fixture.exchange(story(1)))
        #expect(poll.look(telemetry.recents, at: Fixture.after(0.01)).ended.isEmpty)
        settle(recorder, 1, [Fixture.shipping])
        let told = poll.look(telemetry.recents, at: Fixture.after(0.02)).ended
        #expect(try #require(told.first).deliveries.map(\.upstream) == ["inventory", "shipping"])
    }

    @Test func oneThatIsDeliveredIsHeldUntilItsAttemptIsKnown() throws {
        let recorder = telemetry.makeRecorder()
        var poll = TapPoll(from: [])
        settle(recorder, 1, [Fixture.inventory])
        recorder.exchangeEnded(Fixture.exchange(story(1)))
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0))
        recorder.deliverySettled(
            token, route: Fixture.orders, role: .mirror, result: .delivered, reason: nil, at: Fixture.after(0.01), story: story(1))
        #expect(poll.look(telemetry.recents, at: Fixture.after(0.02)).ended.isEmpty)
        settle(recorder, 1, [Fixture.shipping])
        let told = try #require(poll.look(telemetry.recents, at: Fixture.after(0.03)).ended.first)
        #expect(told.deliveries.map(\.attempts.count) == [1, 1])
    }

    @Test func afterASecondItIsToldAsItStands() throws {
        let recorder = telemetry.makeRecorder()
        var poll = TapPoll(from: [])
        settle(recorder, 1, [Fixture.inventory])
        recorder.exchangeEnded(Fixture.exchange(story(1), seconds: 0))
        #expect(poll.look(telemetry.recents, at: Fixture.after(0.999)).ended.isEmpty)
        #expect(try #require(poll.look(telemetry.recents, at: Fixture.after(1)).ended.first).deliveries.map(\.upstream) == ["inventory"])
    }

    @Test func oneWithoutARouteAwaitsNothing() {
        var poll = TapPoll(from: [])
        telemetry.makeRecorder().exchangeEnded(Fixture.exchange(story(1, route: nil)))
        #expect(numbers(poll.look(telemetry.recents, at: Fixture.after(0)).ended) == [1])
    }

    @Test func whatRecordersForgetWhileItIsHeldStays() throws {
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: -1, recent: 2, now: { Fixture.after(1) })
        let recorder = telemetry.makeRecorder()
        var poll = TapPoll(from: [])
        settle(recorder, 1, [Fixture.inventory])
        recorder.exchangeEnded(Fixture.exchange(story(1)))
        #expect(poll.look(telemetry.recents, at: Fixture.after(0.01)).ended.isEmpty)
        for number in 2...20 as ClosedRange<UInt64> { settle(recorder, number) }
        settle(recorder, 1, [Fixture.shipping])
        let told = try #require(poll.look(telemetry.recents, at: Fixture.after(0.02)).ended.first)
        #expect(Set(told.deliveries.map(\.upstream)) == ["inventory", "shipping"])
    }

    @Test func whatWentByUnseenIsCounted() {
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: -1, recent: 10, now: { Fixture.after(1) })
        let recorders = (0..<2).map { _ in telemetry.makeRecorder() }
        var poll = TapPoll(from: telemetry.recents.totals)
        for number in 1...25 as ClosedRange<UInt64> { recorders[0].exchangeEnded(Fixture.exchange(story(number, route: nil))) }
        recorders[1].exchangeEnded(Fixture.exchange(story(26, route: nil)))
        let look = poll.look(telemetry.recents, at: Fixture.after(1))
        #expect(look.ended.count == 11 && look.missed == 15)
        #expect(poll.look(telemetry.recents, at: Fixture.after(1)).missed == 0)
    }

    @Test func atMostSoManyAreHeld() {
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: -1, recent: 3000, now: { Fixture.after(0) })
        let recorder = telemetry.makeRecorder()
        var poll = TapPoll(from: [])
        for number in 1...2500 as ClosedRange<UInt64> { recorder.exchangeEnded(Fixture.exchange(story(number))) }
        #expect(poll.look(telemetry.recents, at: Fixture.after(0)).ended.count == 500)
    }
}

@Suite struct TapSubscriptionTests {
    private func exchanges(_ count: Int) -> [RecentExchange] {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        for number in 0..<count { recorder.exchangeEnded(Fixture.exchange(Fixture.story(number: UInt64(number + 1)))) }
        return telemetry.recent().reversed()
    }

    @Test func aSlowReaderMissesWhatItsQueueCanNotHoldAndIsTold() {
        let wakes = Mutex(0)
        let subscription = TapSubscription(RecentFilter(), wake: { wakes.withLock { $0 += 1 } }, leave: { _ in })
        let all = exchanges(300)
        for exchange in all { subscription.offer([exchange], missed: 0) }
        let taken = subscription.take()
        #expect(taken.exchanges.map(\.id) == all.prefix(256).map(\.id) && taken.missed == 44)
        #expect(wakes.withLock { $0 } == 1)
        #expect(subscription.take().exchanges.isEmpty && subscription.take().missed == 0)
        subscription.offer([], missed: 3)
        #expect(subscription.take().missed == 3 && wakes.withLock { $0 } == 2)
    }

    @Test func whatTheFilterLeavesOutWakesNobody() {
        var filter = RecentFilter()
        filter.route = "other"
        let subscription = TapSubscription(filter, wake: { Issue.record("woken") }, leave: { _ in })
        subscription.offer(exchanges(300), missed: 0)
        #expect(subscription.take().exchanges.isEmpty && subscription.take().missed == 0)
    }
}

@Suite struct TapTests {
    @Test func eightMayListenAndAPlaceThatIsLeftIsFree() throws {
        let telemetry = Fixture.telemetry()
        let subscriptions = (0..<8).map { _ in telemetry.follow(RecentFilter()) {} }
        #expect(!subscriptions.contains { $0 == nil } && telemetry.follow(RecentFilter()) {} == nil)
        try #require(subscriptions[3]).cancel()
        #expect(telemetry.follow(RecentFilter()) {} != nil)
        #expect(telemetry.follow(RecentFilter()) {} == nil)
    }

    @Test func whoListensIsWokenByAnExchangeThatEnds() async throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        recorder.exchangeEnded(Fixture.exchange(Fixture.story(route: nil, number: 1)))
        let (wakes, waking) = AsyncStream.makeStream(of: Void.self)
        let subscription = try #require(telemetry.follow(RecentFilter()) { waking.yield() })
        recorder.exchangeEnded(Fixture.exchange(Fixture.story(route: nil, number: 2)))
        for await _ in wakes { break }
        #expect(subscription.take().exchanges.map { $0.id.low & 0xFF } == [2])
        subscription.cancel()
    }
}
