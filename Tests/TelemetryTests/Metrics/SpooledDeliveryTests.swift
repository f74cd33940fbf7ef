import Exchange
import Synchronization
import Testing
@testable import Telemetry

@Suite struct SpooledDeliveryTests {
    private let way = ["route": "orders", "upstream": "shipping"]

    @Test(arguments: DeliveryResult.allCases) func eachEndCountsOnceUnderItsRouteAndUpstream(_ result: DeliveryResult) throws {
        let telemetry = Fixture.telemetry()
        let reason = result == .skipped ? SkipReason.paused : nil
        telemetry.makeRecorder().deliveryEnded(Fixture.delivery(result: result, reason: reason, accepted: 3600, ended: 2))
        let samples = try telemetry.samples()
        #expect(samples.value("pantograph_deliveries_total", way.merging(["result": result.rawValue]) { $1 }) == 1)
        #expect(samples.sum("pantograph_deliveries_total") == 1)
        #expect(samples.sum("pantograph_deliveries_skipped_total") == (result == .skipped ? 1 : 0))
        #expect(samples.sum("pantograph_deliveries_skipped_total", ["upstream": "shipping", "reason": "paused"]) == (result == .skipped ? 1 : 0))
        #expect(samples.value("pantograph_delivery_duration_seconds_sum", way) == (result == .delivered ? 3602 : nil))
        #expect(samples.sum("pantograph_deliveries_pending") == 0)
    }

    @Test func aLongWaitFallsIntoABucketOfItsOwn() throws {
        let telemetry = Fixture.telemetry()
        telemetry.makeRecorder().deliveryEnded(Fixture.delivery(accepted: 3600, ended: 2))
        let bucket = { try telemetry.samples().value("pantograph_delivery_duration_seconds_bucket", ["le": $0]) }
        #expect(try bucket("3600") == 0)
        #expect(try bucket("21600") == 1)
        #expect(try bucket("86400") == 1)
    }

    @Test func aClockThatWasSetBackCountsNoTime() throws {
        let telemetry = Fixture.telemetry()
        var record = Fixture.delivery()
        record.endedAt = WallTime(nanosecondsSinceEpoch: 1)
        telemetry.makeRecorder().deliveryEnded(record)
        #expect(try telemetry.samples().value("pantograph_delivery_duration_seconds_sum", way) == 0)
        #expect(try telemetry.samples().value("pantograph_delivery_duration_seconds_count", way) == 1)
    }

    /// What the spool kept may be of an older configuration: it counts all the same, under an empty route or on a way that no
    /// route has any more.
    @Test func whatAnOlderConfigurationLeftBehindCounts() throws {
        let telemetry = Fixture.telemetry(
            Fixture.settings { $0.routes[0] = RouteSettings(name: "orders", path: "/orders", primary: nil, mirrors: [Fixture.inventory]) })
        let recorder = telemetry.makeRecorder()
        recorder.deliveryEnded(Fixture.delivery())
        recorder.deliveryEnded(Fixture.delivery(Fixture.inventory, Fixture.story(route: nil), result: .dead))
        recorder.deliveryEnded(Fixture.delivery(UpstreamID(9)))
        recorder.deliveryEnded(Fixture.delivery(UpstreamID(-1)))
        for route in [-1, 2] { recorder.deliveryEnded(Fixture.delivery(Fixture.shipping, Fixture.story(route: RouteID(route)))) }
        for accept in [nil, Telemetry.openMetrics] {
            let samples = try telemetry.samples(accept)
            #expect(samples.value("pantograph_deliveries_total", way.merging(["result": "delivered"]) { $1 }) == 1)
            #expect(samples.value("pantograph_deliveries_total", ["route": "", "upstream": "inventory", "result": "dead"]) == 1)
            #expect(samples.sum("pantograph_deliveries_total") == 2)
            #expect(samples.value("pantograph_delivery_duration_seconds_count", way) == 1)
        }
    }

    /// Random ends on several loops beside a plain table of them.
    @Test(arguments: 1...4) func nothingIsLostOrCountedTwice(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let telemetry = Fixture.telemetry()
        let recorders = (0..<3).map { _ in telemetry.makeRecorder() }
        let (upstreams, routes) = (["inventory", "shipping"], ["orders", "everything-else", ""])
        var told: [[String: String]: Double] = [:]
        for _ in 0..<2_000 {
            let (upstream, route) = (Int(random.next() % 2), Int(random.next() % 3))
            let result = DeliveryResult.allCases[Int(random.next() % 4)]
            let reason = result == .skipped ? SkipReason.allCases.randomElement(using: &random) : nil
            recorders[Int(random.next() % 3)].deliveryEnded(
                Fixture.delivery(UpstreamID(upstream), Fixture.story(route: route < 2 ? RouteID(route) : nil), result: result, reason: reason))
            told[["route": routes[route], "upstream": upstreams[upstream], "result": result.rawValue], default: 0] += 1
        }
        let samples = try telemetry.samples()
        for (labels, count) in told { #expect(samples.value("pantograph_deliveries_total", labels) == count, "seed \(seed), \(labels)") }
        #expect(samples.sum("pantograph_deliveries_total") == 2_000, "seed \(seed)")
        let delivered = told.filter { $0.key["result"] == "delivered" }.values.reduce(0, +)
        #expect(samples.sum("pantograph_delivery_duration_seconds_count") == delivered, "seed \(seed)")
        let skipped = told.filter { $0.key["result"] == "skipped" }.values.reduce(0, +)
        #expect(samples.sum("pantograph_deliveries_skipped_total") == skipped, "seed \(seed)")
    }

    /// One span may wait for the export, which has not begun: the second is dropped and counted, one that isn't sampled is none.
    @Test func onlyASampledDeliveryBecomesASpan() throws {
        let telemetry = Fixture.telemetry(
            Fixture.settings {
                $0.telemetry.otlp = OTLPSettings()
                $0.telemetry.otlp?.queue = 1
            })
        let recorder = telemetry.makeRecorder()
        let dropped = { try telemetry.samples().value("pantograph_otlp_spans_total", ["result": "dropped"]) }
        for isSampled in [true, false, true, false] {
            recorder.deliveryEnded(Fixture.delivery(Fixture.shipping, Fixture.story(isSampled: isSampled)))
        }
        #expect(try dropped() == 1)
    }

    // MARK: Pending

    @Test func pendingAndLagAreThoseOfMemoryAndSpoolTogether() throws {
        let telemetry = Fixture.telemetry(at: Fixture.after(10))
        let recorder = telemetry.makeRecorder()
        let spooled = Mutex<(count: Int, oldest: WallTime?)>((0, nil))
        telemetry.setGauges { upstream in
            let spooled = spooled.withLock { $0 }
            return upstream == Fixture.shipping
                ? UpstreamGauges(inFlight: 0, connections: 0, spooledPending: spooled.count, spooledOldest: spooled.oldest)
                : UpstreamGauges(inFlight: 0, connections: 0)
        }
        func expect(_ pending: Int, _ lag: Double, _ comment: Comment) throws {
            let samples = try telemetry.samples()
            #expect(samples.value("pantograph_deliveries_pending", ["upstream": "shipping"]) == Double(pending), comment)
            #expect(samples.value("pantograph_delivery_lag_seconds", ["upstream": "shipping"]) == lag, comment)
            let snapshot = try #require(telemetry.upstreamSnapshot(Fixture.shipping))
            #expect((snapshot.pending, snapshot.lag) == (pending, lag), comment)
            #expect(samples.value("pantograph_deliveries_pending", ["upstream": "inventory"]) == 0)
        }
        try expect(0, 0, "nothing waits")
        spooled.withLock { $0 = (7, Fixture.wall(4)) }
        try expect(7, 6, "spooled alone")
        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(1))
        try expect(8, 9, "the one in memory is older")
        // An hour before this process.
        spooled.withLock { $0.oldest = WallTime(nanosecondsSinceEpoch: Fixture.start.wall.nanosecondsSinceEpoch - 3_600_000_000_000) }
        try expect(8, 3610, "the spooled one is older")
        recorder.deliverySettled(token, route: Fixture.orders, role: .mirror, result: .delivered, reason: nil, at: Fixture.after(9))
        try expect(7, 3610, "spooled alone again")
        spooled.withLock { $0.oldest = Fixture.wall(99) }
        try expect(7, 0, "the calendar clock was set back")
    }

    // MARK: Series that are there from the start

    @Test func whatIsCalledFromTheSpoolAlwaysRetries() throws {
        func retrying(_ change: (inout Settings) -> Void) throws -> Set<String> {
            Set(try Fixture.telemetry(Fixture.settings(change: change)).samples().named("pantograph_retries_total").compactMap { $0.labels["upstream"] })
        }
        #expect(try retrying { _ in } == [])
        #expect(try retrying { $0.routes[1].durable = true } == ["shipping"])
        #expect(try retrying { $0.upstreams[0].retry = RetrySettings() } == ["inventory"])
        #expect(
            try retrying {
                $0.routes[0].primary = nil
                $0.routes[0].mirrors = [Fixture.inventory, Fixture.shipping]
            } == ["inventory", "shipping"])
    }

    @Test func anAcceptedRouteHasMirrorsAlone() throws {
        let samples = try Fixture.telemetry(
            Fixture.settings { $0.routes = [RouteSettings(name: "orders", path: "/**", primary: nil, mirrors: [Fixture.inventory, Fixture.shipping])] }
        ).samples()
        #expect(samples.named("pantograph_upstream_rate_limited_total").map(\.labels["role"]) == ["mirror", "mirror"])
        #expect(samples.named("pantograph_deliveries_total").count == 2 * DeliveryResult.allCases.count)
        for upstream in ["inventory", "shipping"] {
            let skips = samples.named("pantograph_deliveries_skipped_total").filter { $0.labels["upstream"] == upstream }
            #expect(Set(skips.compactMap { $0.labels["reason"] }) == Set(SkipReason.allCases.map(\.rawValue)))
        }
    }
}
