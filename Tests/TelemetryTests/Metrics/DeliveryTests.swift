import Exchange
import Testing
@testable import Telemetry

@Suite struct DeliveryTests {
    private let way = ["route": "orders", "upstream": "shipping"]

    @Test func pendingIsTheNumberAndLagTheAgeOfTheOldest() throws {
        let telemetry = Fixture.telemetry(at: Fixture.after(10))
        let recorders = [telemetry.makeRecorder(), telemetry.makeRecorder()]
        let read = { (name: String) in try telemetry.samples().value(name, ["upstream": "shipping"]) }
        #expect(try read("pantograph_deliveries_pending") == 0)
        #expect(try read("pantograph_delivery_lag_seconds") == 0)

        let young = recorders[0].deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(8))
        let old = recorders[1].deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(3))
        let other = recorders[1].deliveryOpened(upstream: Fixture.inventory, at: Fixture.after(1))
        #expect(try read("pantograph_deliveries_pending") == 2)
        #expect(try read("pantograph_delivery_lag_seconds") == 7)

        recorders[1].deliverySettled(old, route: Fixture.orders, role: .mirror, result: .delivered, reason: nil, at: Fixture.after(9))
        #expect(try read("pantograph_deliveries_pending") == 1)
        #expect(try read("pantograph_delivery_lag_seconds") == 2)

        // Through the other loop's recorder, and again: it counts once.
        for _ in 0..<2 {
            recorders[1].deliverySettled(young, route: Fixture.orders, role: .mirror, result: .dead, reason: nil, at: Fixture.after(9))
        }
        #expect(try read("pantograph_deliveries_pending") == 0)
        let samples = try telemetry.samples()
        #expect(samples.value("pantograph_deliveries_total", way.merging(["result": "delivered"]) { $1 }) == 1)
        #expect(samples.value("pantograph_deliveries_total", way.merging(["result": "dead"]) { $1 }) == 1)
        #expect(samples.value("pantograph_delivery_duration_seconds_sum", way) == 6)
        #expect(samples.value("pantograph_delivery_duration_seconds_count", way) == 1)
        #expect(samples.value("pantograph_deliveries_pending", ["upstream": "inventory"]) == 1)
        recorders[1].deliverySettled(other, route: Fixture.orders, role: .primary, result: .delivered, reason: nil, at: Fixture.after(9))
    }

    @Test(arguments: SkipReason.allCases) func aSkipCountsWithItsReason(_ reason: SkipReason) throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0))
        recorder.deliverySettled(token, route: Fixture.orders, role: .mirror, result: .skipped, reason: reason, at: Fixture.after(0))
        let samples = try telemetry.samples()
        #expect(samples.value("pantograph_deliveries_skipped_total", ["upstream": "shipping", "reason": reason.rawValue]) == 1)
        #expect(samples.sum("pantograph_deliveries_skipped_total") == 1)
        #expect(samples.value("pantograph_deliveries_total", way.merging(["result": "skipped"]) { $1 }) == 1)
        #expect(samples.named("pantograph_delivery_duration_seconds_count").isEmpty)
    }

    /// Random openings and settlings beside a plain list: every delivery is settled or pending, at each step.
    @Test(arguments: 1...8) func everyDeliveryIsSettledOrPending(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let telemetry = Fixture.telemetry(at: Fixture.after(2_000))
        let recorders = [telemetry.makeRecorder(), telemetry.makeRecorder(), telemetry.makeRecorder()]
        var pending: [(token: DeliveryToken, at: Double)] = []
        var settled: [DeliveryResult: Double] = [:]
        for step in 0..<600 {
            let recorder = recorders[Int(random.next() % 3)]
            if random.next() % 5 < 3 || pending.isEmpty {
                let at = Double(random.next() % 1_000)
                pending.append((recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(at)), at))
            } else {
                let (token, _) = pending.remove(at: Int(random.next() % UInt64(pending.count)))
                let result = DeliveryResult.allCases[Int(random.next() % 4)]
                settled[result, default: 0] += 1
                recorder.deliverySettled(
                    token, route: Fixture.everythingElse, role: .mirror, result: result, reason: result == .skipped ? .paused : nil,
                    at: Fixture.after(1_500))
            }
            guard step % 60 == 0 || step == 599 else { continue }
            let samples = try telemetry.samples()
            #expect(samples.value("pantograph_deliveries_pending", ["upstream": "shipping"]) == Double(pending.count), "seed \(seed)")
            let oldest = pending.map(\.at).min().map { 2_000 - $0 } ?? 0
            #expect(samples.value("pantograph_delivery_lag_seconds", ["upstream": "shipping"]) == oldest, "seed \(seed)")
            for result in DeliveryResult.allCases {
                let labels = ["route": "everything-else", "upstream": "shipping", "result": result.rawValue]
                #expect(samples.value("pantograph_deliveries_total", labels) == settled[result] ?? 0, "seed \(seed)")
            }
        }
    }

    /// Told twice, the attempt counts twice and its delivery once.
    @Test(arguments: [DeliveryResult.delivered, .dead]) func anAttemptSettlesItsDelivery(_ result: DeliveryResult) throws {
        let telemetry = Fixture.telemetry(at: Fixture.after(10))
        let recorder = telemetry.makeRecorder()
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(1))
        let attempt = Fixture.attempt(
            Fixture.shipping, .mirror, errorClass: result == .dead ? .reset : nil, seconds: 2, from: Fixture.after(3), result: result)
        for _ in 0..<2 { recorder.attemptEnded(attempt, settling: token) }
        let samples = try telemetry.samples()
        #expect(samples.value("pantograph_deliveries_pending", ["upstream": "shipping"]) == 0)
        #expect(samples.value("pantograph_deliveries_total", way.merging(["result": result.rawValue]) { $1 }) == 1)
        #expect(samples.sum("pantograph_deliveries_total") == 1)
        #expect(samples.sum("pantograph_delivery_duration_seconds_sum") == (result == .delivered ? 4 : 0))
        #expect(samples.sum("pantograph_upstream_attempt_duration_seconds_count") == 2)
    }

    @Test func slotsAreUsedAgain() {
        var pending = PendingDeliveries()
        let first = pending.open(0, at: Fixture.seconds(1))
        #expect(pending.settle(first)?.upstream == 0)
        let second = pending.open(1, at: Fixture.seconds(2))
        #expect(first != second)
        #expect(pending.settle(first) == nil)
        #expect(pending.settle(second)?.openedAt == Fixture.seconds(2))
    }

    @Test func whatIsNotConfiguredCountsNowhere() throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        for (upstream, route) in [(7, 0), (-1, 0), (0, 7), (0, -1)] {
            let token = recorder.deliveryOpened(upstream: UpstreamID(upstream), at: Fixture.after(0))
            recorder.deliverySettled(token, route: RouteID(route), role: .primary, result: .delivered, reason: nil, at: Fixture.after(0))
        }
        #expect(try telemetry.samples().sum("pantograph_deliveries_total") == 0)
    }
}
