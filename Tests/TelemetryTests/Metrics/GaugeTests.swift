import Exchange
import Testing
@testable import Telemetry

@Suite struct GaugeTests {
    private let names = [
        "pantograph_upstream_breaker_state", "pantograph_upstream_throttled_seconds_total", "pantograph_upstream_retry_after_seconds",
        "pantograph_upstream_quota_remaining", "pantograph_dead_letters",
    ]

    @Test func anUpstreamTellsOfItsBreakerItsLimitsAndItsDeadLetters() throws {
        let telemetry = Fixture.telemetry()
        telemetry.setGauges { upstream in
            guard upstream == Fixture.shipping else { return UpstreamGauges(inFlight: 1, connections: 2) }
            return UpstreamGauges(
                inFlight: 1, connections: 2, breaker: BreakerState.open.rawValue, throttledSeconds: 12.5, retryAfterSeconds: 3.25,
                quotaRemaining: 0, deadLetters: 4)
        }
        for accept in [nil, Telemetry.openMetrics] {
            let samples = try telemetry.samples(accept)
            #expect(names.map { samples.value($0, ["upstream": "shipping"]) } == [2, 12.5, 3.25, 0, 4])
            // No breaker, no quota heard of, no spool: no series. Time held back and a pause are none where there was none.
            #expect(names.map { samples.value($0, ["upstream": "inventory"]) } == [nil, 0, 0, nil, nil])
        }
        #expect(telemetry.upstreamSnapshot(Fixture.shipping)?.gauges?.breaker == 2)
    }

    @Test func withoutGaugesThereIsNone() throws {
        let samples = try Fixture.telemetry().samples()
        #expect(names.allSatisfy { samples.named($0).isEmpty })
    }

    @Test func breakerStatesAreTheirNumbers() {
        #expect(BreakerState.allCases.map(\.rawValue) == [0, 1, 2])
    }

    @Test func theSpoolsFiguresAreThereOnlyWhereThereIsASpool() throws {
        let telemetry = Fixture.telemetry()
        #expect(try telemetry.samples().order.allSatisfy { !$0.contains("spool") })
        telemetry.setSpoolGauges { SpoolGauges(bytes: 4096, maxBytes: 1 << 30) }
        #expect(try telemetry.samples().value("pantograph_spool_bytes") == 4096)
        #expect(try telemetry.samples().value("pantograph_spool_max_bytes") == 1_073_741_824)
        #expect(try telemetry.samples().value("pantograph_spool_committed_operations_total") == 0)
        telemetry.spoolCommitted(operations: 64, nanoseconds: 2_000_000)
        telemetry.spoolCommitted(operations: 1, nanoseconds: 1_000_000_000)
        telemetry.spoolCommitted(operations: -5, nanoseconds: 0)
        for accept in [nil, Telemetry.openMetrics] {
            let samples = try telemetry.samples(accept)
            #expect(samples.value("pantograph_spool_committed_operations_total") == 65)
            #expect(samples.value("pantograph_spool_commit_seconds_count") == 3)
            #expect(samples.value("pantograph_spool_commit_seconds_sum") == 1.002)
            #expect(samples.value("pantograph_spool_commit_seconds_bucket", ["le": "0.0025"]) == 2)
        }
    }

    @Test func commitsThatFailAreCountedByTheirFaultFromNoneOn() throws {
        let telemetry = Fixture.telemetry()
        telemetry.setSpoolGauges { SpoolGauges(bytes: 0, maxBytes: 1, faults: ["io", "disk_full"]) }
        let before = try telemetry.samples()
        #expect(["io", "disk_full"].map { before.value("pantograph_spool_failures_total", ["fault": $0]) } == [0, 0])
        for code in ["disk_full", "disk_full", "unheard_of"] { telemetry.spoolCommitFailed(code: code) }
        let after = try telemetry.samples()
        #expect(["io", "disk_full", "unheard_of"].map { after.value("pantograph_spool_failures_total", ["fault": $0]) } == [0, 2, 1])
    }
}
