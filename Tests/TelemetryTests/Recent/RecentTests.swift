import Exchange
import Testing

@testable import Telemetry

@Suite struct RecentTests {
    private func telemetry(_ bound: Int = 1000, _ settings: Settings = Fixture.settings()) -> Telemetry {
        Telemetry(settings, version: "1.2.3", logDescriptor: -1, recent: bound, now: { Fixture.after(1) }, wall: { Fixture.wall(1) })
    }

    private func story(_ number: UInt64, route: RouteID? = Fixture.orders) -> ExchangeStory { Fixture.story("POST", route: route, number: number) }

    @Test func anExchangeIsPutTogetherFromEveryRecorder() throws {
        let telemetry = telemetry()
        let recorders = (0..<3).map { _ in telemetry.makeRecorder() }
        let story = story(7)
        recorders[0].attemptEnded(Fixture.attempt(Fixture.inventory, .primary, story, result: .delivered))
        recorders[0].exchangeEnded(Fixture.exchange(story, status: 201, seconds: 0.004))
        let first = Fixture.attempt(Fixture.shipping, .mirror, story, status: 503, errorClass: .http5xx, detail: "busy")
        recorders[1].attemptEnded(first)
        recorders[2].attemptEnded(
            first.changed(resendCount: 1, result: .dead) { ($0.startedAt, $0.endedAt) = (Fixture.after(0.01), Fixture.after(0.03)) })

        let exchange = try #require(telemetry.recent(story.id))
        #expect(exchange.id == story.id && exchange.route == "orders" && exchange.status == 201 && exchange.errorClass == nil)
        #expect(exchange.nanoseconds == 4_000_000 && exchange.requestBytes == 12 && exchange.responseBytes == 345)
        #expect(exchange.deliveries.map(\.upstream) == ["inventory", "shipping"] && exchange.deliveries.map(\.role) == [.primary, .mirror])
        #expect(exchange.deliveries.map(\.result) == [.delivered, .dead])
        let mirror = exchange.deliveries[1]
        #expect(mirror.attempts.map(\.number) == [1, 2] && mirror.attempts.map(\.status) == [503, 503] && mirror.attempts[0].detail == "busy")
        #expect(mirror.lastClass == .http5xx && mirror.nanoseconds == 30_000_000)
        #expect(exchange.finishedAt == Fixture.after(0.03))
        #expect(telemetry.recent().map(\.id) == [story.id])
    }

    @Test func theTargetHidesWhatMustNotBeShown() throws {
        let telemetry = telemetry()
        let story = Fixture.story("GET", "http://u:hush@shop.test/a?sig=hush&page=2")
        telemetry.makeRecorder().exchangeEnded(Fixture.exchange(story))
        #expect(try #require(telemetry.recent(story.id)).target == "http://REDACTED:REDACTED@shop.test/a?sig=REDACTED&page=2")
    }

    @Test func theTargetHidesWhatTheConfigurationNames() throws {
        let telemetry = telemetry(1000, Fixture.settings { $0.telemetry.redaction = Redaction(keys: ["api_key"]) })
        let story = Fixture.story("GET", "/a?api_key=hush&sig=hush&page=2")
        telemetry.makeRecorder().exchangeEnded(Fixture.exchange(story))
        #expect(try #require(telemetry.recent(story.id)).target == "/a?api_key=REDACTED&sig=REDACTED&page=2")
    }

    @Test func anExchangeThatHasNotEndedIsNotShown() {
        let telemetry = telemetry()
        telemetry.makeRecorder().attemptEnded(Fixture.attempt())
        #expect(telemetry.recent().isEmpty && telemetry.recent(Fixture.story().id) == nil)
    }

    @Test func aDeliveryIsPendingUntilItSettles() throws {
        let telemetry = telemetry()
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0))
        recorder.exchangeEnded(Fixture.exchange(story))
        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, story, status: 503, errorClass: .http5xx))
        let pending = try #require(telemetry.recent(story.id))
        #expect(pending.deliveries.map(\.result) == [nil] && pending.finishedAt == nil)
        recorder.deliverySettled(
            token, route: Fixture.orders, role: .mirror, result: .dead, reason: nil, at: Fixture.after(0.5), story: story)
        let settled = try #require(telemetry.recent(story.id))
        #expect(settled.deliveries.map(\.result) == [.dead] && settled.finishedAt == Fixture.after(0.5))
    }

    @Test(arguments: SkipReason.allCases) func aSkippedDeliverySaysWhy(_ reason: SkipReason) throws {
        let telemetry = telemetry()
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0))
        recorder.deliverySettled(
            token, route: Fixture.orders, role: .mirror, result: .skipped, reason: reason, at: Fixture.after(0), story: story)
        recorder.exchangeEnded(Fixture.exchange(story))
        let delivery = try #require(telemetry.recent(story.id)?.deliveries.first)
        #expect(delivery.result == .skipped && delivery.reason == reason && delivery.attempts.isEmpty && delivery.nanoseconds == nil)
    }

    @Test func aSettlementThatCountsForNothingIsNotRemembered() throws {
        let telemetry = telemetry()
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0))
        for result in [DeliveryResult.delivered, .dead] {
            recorder.deliverySettled(token, route: Fixture.orders, role: .mirror, result: result, reason: nil, at: Fixture.after(0), story: story)
        }
        recorder.exchangeEnded(Fixture.exchange(story))
        #expect(try #require(telemetry.recent(story.id)).deliveries.map(\.result) == [.delivered])
    }

    @Test func aSpooledDeliveryIsShownWithItsEnd() throws {
        let telemetry = telemetry()
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        recorder.exchangeEnded(Fixture.exchange(story, status: 202))
        recorder.deliveryEnded(Fixture.delivery(Fixture.shipping, story, result: .dead, errorClass: .breakerOpen, attempts: 0, ended: 3))
        let delivery = try #require(telemetry.recent(story.id)?.deliveries.first)
        #expect(delivery.result == .dead && delivery.lastClass == .breakerOpen && delivery.settledAt == Fixture.after(3))
    }

    // MARK: Bounds

    @Test func theNewestAreRememberedUpToTheBound() {
        let telemetry = telemetry(10)
        let recorders = (0..<2).map { _ in telemetry.makeRecorder() }
        for number in 1...50 as ClosedRange<UInt64> { recorders[Int(number % 2)].exchangeEnded(Fixture.exchange(story(number))) }
        #expect(telemetry.recent().map(\.id) == (41...50 as ClosedRange<UInt64>).reversed().map { story($0).id })
        // Each recorder remembers as many, since it can't know of the others.
        #expect(telemetry.recent(story(31).id) != nil && telemetry.recent(story(30).id) == nil)
    }

    @Test func oneExchangeShowsAtMost32AttemptsAndThoseAreItsLast() throws {
        let telemetry = telemetry()
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        for number in 0..<100 {
            let attempt = Fixture.attempt(Fixture.shipping, .mirror, story, from: Fixture.after(Double(number)))
            recorder.attemptEnded(attempt.changed(resendCount: number))
        }
        recorder.exchangeEnded(Fixture.exchange(story))
        #expect(try #require(telemetry.recent(story.id)).deliveries[0].attempts.map(\.number) == Array(69...100))
    }

    @Test func oneExchangeShowsAtMost16Deliveries() throws {
        let telemetry = telemetry(1000, Fixture.settings(upstreams: (0..<20).map { "u\($0)" }))
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        for upstream in 0..<20 { recorder.attemptEnded(Fixture.attempt(UpstreamID(upstream), .mirror, story)) }
        recorder.exchangeEnded(Fixture.exchange(story))
        #expect(try #require(telemetry.recent(story.id)).deliveries.count == 16)
    }

    @Test func attemptsAndSettlementsAreBoundedToo() {
        let telemetry = telemetry(10)
        let (recorder, story) = (telemetry.makeRecorder(), story(1))
        for _ in 0..<500 {
            recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, story))
            recorder.deliveryEnded(Fixture.delivery(Fixture.shipping, story))
        }
        let notes = recorder.recent(endsSince: 0)
        // Two upstreams a route: two settlements and four attempts for each of ten exchanges.
        #expect(notes.attempts.count == 40 && notes.settlements.count == 20)
    }

    @Test func recordsOfWhatIsNotConfiguredDoNoHarm() {
        let telemetry = telemetry()
        let recorder = telemetry.makeRecorder()
        let story = story(1, route: RouteID(99))
        for upstream in [-1, 99] { recorder.attemptEnded(Fixture.attempt(UpstreamID(upstream), .mirror, story)) }
        recorder.exchangeEnded(Fixture.exchange(story))
        #expect(telemetry.recent().map(\.route) == [""])
    }

    // MARK: Filters

    @Test func filtersNarrowWhatIsShown() {
        let telemetry = telemetry()
        let recorder = telemetry.makeRecorder()
        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, story(1), status: 503, errorClass: .http5xx, result: .dead))
        recorder.exchangeEnded(Fixture.exchange(story(1), seconds: 0.25))
        recorder.attemptEnded(Fixture.attempt(Fixture.inventory, .primary, story(2), result: .delivered))
        recorder.exchangeEnded(Fixture.exchange(story(2), seconds: 0.1))
        recorder.exchangeEnded(Fixture.exchange(story(3, route: nil), status: 404, errorClass: .noRoute, seconds: 0.001))
        func numbers(_ change: (inout RecentFilter) -> Void) -> [UInt64] {
            var filter = RecentFilter()
            change(&filter)
            return telemetry.recent(filter).map { $0.id.low & 0xFF }
        }
        #expect(numbers { _ in } == [3, 2, 1])
        #expect(numbers { $0.route = "orders" } == [2, 1] && numbers { $0.route = "other" } == [])
        #expect(numbers { $0.upstream = "shipping" } == [1] && numbers { $0.upstream = "nobody" } == [])
        #expect(numbers { $0.errorClass = .http5xx } == [1] && numbers { $0.errorClass = .noRoute } == [3])
        #expect(numbers { ($0.upstream, $0.errorClass) = ("inventory", .http5xx) } == [])
        #expect(numbers { $0.atLeastNanoseconds = 100_000_000 } == [2, 1] && numbers { $0.atLeastNanoseconds = 100_000_001 } == [1])
        #expect(numbers { $0.before = story(3).id } == [2, 1] && numbers { $0.limit = 2 } == [3, 2])
    }
}
