import Exchange
import Foundation
import Testing

@testable import Telemetry

@Suite struct MetricWriterTests {
    private static let start = WallTime(nanosecondsSinceEpoch: 1_000)

    /// The metrics of one request, by name.
    private func metrics(_ write: (inout MetricWriter) -> Void) throws -> [String: [String: Any]] {
        var writer = MetricWriter(
            resource: SpanResource(TelemetrySettings(), version: "1.2.3", process: SpanFixtures.process), version: "1.2.3",
            since: Self.start)
        writer.begin(at: WallTime(nanosecondsSinceEpoch: 2_000))
        write(&writer)
        writer.finish()
        let document = try #require(try JSONSerialization.jsonObject(with: Data(writer.text.whole())) as? [String: Any])
        let resources = try #require(document["resourceMetrics"] as? [[String: Any]])
        let scopes = try #require(resources[0]["scopeMetrics"] as? [[String: Any]])
        let all = try #require(scopes[0]["metrics"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: all.map { ($0["name"] as? String ?? "", $0) })
    }

    @Test func namesAreDottedAndWithoutUnitAndTotal() throws {
        let metrics = try metrics { writer in
            writer.count(.deliveries, [("route", "r"), ("result", "dead")], 3)
            writer.count(.deliveries, [("route", "r"), ("result", "skipped")], 4)
            writer.number(.lag, [("upstream", "a")], 1.5)
            writer.number(.throttled, [("upstream", "a")], 0.25)
            writer.number(.spoolBytes, [], 7)
        }
        #expect(
            Set(metrics.keys) == [
                "pantograph.deliveries", "pantograph.delivery_lag", "pantograph.upstream_throttled", "pantograph.spool",
            ])
        let sum = try #require(metrics["pantograph.deliveries"]?["sum"] as? [String: Any])
        #expect(sum["isMonotonic"] as? Bool == true && sum["aggregationTemporality"] as? Int == 2)
        let points = try #require(sum["dataPoints"] as? [[String: Any]])
        #expect(points.map { $0["asDouble"] as? Double } == [3, 4])
        #expect(points[0]["startTimeUnixNano"] as? String == "1000" && points[0]["timeUnixNano"] as? String == "2000")
        #expect(metrics["pantograph.delivery_lag"]?["gauge"] != nil && metrics["pantograph.delivery_lag"]?["unit"] as? String == "s")
        #expect(metrics["pantograph.spool"]?["unit"] as? String == "By")
    }

    @Test func whatGoesByAnotherNameOrSaysNothingIsLeftOut() throws {
        let metrics = try metrics { writer in
            writer.number(.buildInfo, [], 1)
            writer.number(.processCPU, [], 1)
            writer.number(.lag, [], .nan)
            writer.histogram(.firstByte, [], Histogram())
            #expect(writer.points == 0)
        }
        #expect(metrics.isEmpty)
    }

    @Test func theConventionsBucketsHoldWhatTheFinerOnesHeld() {
        var histogram = Histogram()
        for nanoseconds in [1, 500_000, 4_999_999, 5_000_000, 5_000_001, 20_000_000_000] as [UInt64] { histogram.observe(nanoseconds) }
        let (counts, bounds) = histogram.conventional
        #expect(bounds.map { Double($0) / 1e9 } == [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10])
        #expect(counts == [4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func percentilesAreASummaryWithoutValuesThatAreNone() throws {
        let metrics = try metrics { writer in
            writer.summary(.latency, [("upstream", "a"), ("role", "primary")], quantiles: [(0.5, 0.25), (0.99, 1.5)], sum: 3, count: 7)
            writer.summary(.latency, [("upstream", "b"), ("role", "mirror")], quantiles: [(0.5, .nan), (0.99, .nan)], sum: 0, count: 0)
        }
        let latency = try #require(metrics["pantograph.upstream_latency"])
        let summary = try #require(latency["summary"] as? [String: Any])
        #expect(latency["unit"] as? String == "s" && Array(summary.keys) == ["dataPoints"])
        let points = try #require(summary["dataPoints"] as? [[String: Any]])
        #expect(points.map { $0["count"] as? String } == ["7", "0"] && points[0]["sum"] as? Double == 3)
        let quantiles = points.map { ($0["quantileValues"] as? [[String: Double]])?.map { [$0["quantile"], $0["value"]] } }
        #expect(quantiles == [[[0.5, 0.25], [0.99, 1.5]], []])
    }

    @Test func theProcessGoesByTheConventionsNames() throws {
        let figures = ProcessFigures(
            userSeconds: 1.5, systemSeconds: 0.5, threads: 9, residentBytes: 1000, virtualBytes: 2000, startTime: 10, openDescriptors: 12)
        let metrics = try metrics { writer in
            // What /metrics calls it is left out beside it.
            writer.number(.processResident, [], 1000)
            writer.process(figures, at: WallTime(nanosecondsSinceEpoch: 12_500_000_000))
        }
        func points(_ name: String, _ form: String = "sum") throws -> [[String: Any]] {
            try #require((metrics[name]?[form] as? [String: Any])?["dataPoints"] as? [[String: Any]])
        }
        #expect(
            Set(metrics.keys) == [
                "process.cpu.time", "process.memory.usage", "process.memory.virtual", "process.thread.count",
                "process.unix.file_descriptor.count", "process.uptime",
            ])
        #expect((metrics["process.cpu.time"]?["sum"] as? [String: Any])?["isMonotonic"] as? Bool == true)
        #expect(try points("process.cpu.time").map { $0["asDouble"] as? Double } == [1.5, 0.5])
        #expect((metrics["process.memory.usage"]?["sum"] as? [String: Any])?["isMonotonic"] == nil)
        #expect(try points("process.memory.usage").first?["asDouble"] as? Double == 1000)
        #expect(try points("process.thread.count").first?["asDouble"] as? Double == 9)
        #expect(try points("process.uptime", "gauge").first?["asDouble"] as? Double == 2.5)
    }
}
