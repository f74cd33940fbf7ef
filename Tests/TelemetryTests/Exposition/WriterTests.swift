import Exchange
import Testing
@testable import Telemetry

@Suite struct WriterTests {
    private func written(_ format: ExpositionFormat, _ body: (inout ExpositionWriter) -> Void) -> String {
        var writer = ExpositionWriter(format)
        body(&writer)
        return String(decoding: writer.finished(), as: UTF8.self)
    }

    private func histogram() -> Histogram {
        var histogram = Histogram()
        histogram.observe(400_000)
        histogram.observe(
            Histogram.Exemplar(
                traceID: TraceID(high: 0xA, low: 0xB)!, spanID: SpanID(0xC)!, nanoseconds: 1_000_000_000,
                at: WallTime(nanosecondsSinceEpoch: 1_795_501_522_004_312_000)))
        histogram.observe(60_000_000_000)
        return histogram
    }

    @Test func aHistogramAsText() {
        let text = written(.text) { $0.histogram(.exportDuration, [("route", "a")], histogram()) }
        #expect(
            text == """
                # HELP pantograph_otlp_export_duration_seconds Duration of each request to the collector.
                # TYPE pantograph_otlp_export_duration_seconds histogram
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.0005"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.001"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.0025"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.005"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.01"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.025"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.05"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.075"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.1"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.25"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.5"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="0.75"} 1
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="1"} 2
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="2.5"} 2
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="5"} 2
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="7.5"} 2
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="10"} 2
                pantograph_otlp_export_duration_seconds_bucket{route="a",le="+Inf"} 3
                pantograph_otlp_export_duration_seconds_sum{route="a"} 61.0004
                pantograph_otlp_export_duration_seconds_count{route="a"} 3

                """)
    }

    @Test func aHistogramAsOpenMetrics() {
        let lines = written(.openMetrics) { $0.histogram(.exportDuration, [], histogram()) }.split(separator: "\n").map(String.init)
        #expect(lines.prefix(3) == [
            "# HELP pantograph_otlp_export_duration_seconds Duration of each request to the collector.",
            "# TYPE pantograph_otlp_export_duration_seconds histogram", "# UNIT pantograph_otlp_export_duration_seconds seconds",
        ])
        #expect(lines.contains("pantograph_otlp_export_duration_seconds_bucket{le=\"0.75\"} 1"))
        #expect(lines.contains(
            "pantograph_otlp_export_duration_seconds_bucket{le=\"1.0\"} 2 # {trace_id=\"000000000000000a000000000000000b\",span_id=\"000000000000000c\"} 1.0 1795501522.004"))
        #expect(lines.contains("pantograph_otlp_export_duration_seconds_bucket{le=\"10.0\"} 2"))
        #expect(lines.filter { $0.contains(" # ") }.count == 1)
        #expect(lines.suffix(4) == [
            "pantograph_otlp_export_duration_seconds_bucket{le=\"+Inf\"} 3", "pantograph_otlp_export_duration_seconds_sum 61.0004",
            "pantograph_otlp_export_duration_seconds_count 3", "# EOF",
        ])
    }

    @Test func aCountersFamilyIsNamedWithoutItsSuffixInOpenMetrics() {
        let text = written(.text) { $0.count(.retries, [("upstream", "a")], 3) }
        #expect(text.hasSuffix("# TYPE pantograph_retries_total counter\npantograph_retries_total{upstream=\"a\"} 3\n"))
        let open = written(.openMetrics) { $0.number(.processCPU, [], 1.5) }
        #expect(
            open == """
                # HELP process_cpu_seconds Total user and system CPU time spent.
                # TYPE process_cpu_seconds counter
                # UNIT process_cpu_seconds seconds
                process_cpu_seconds_total 1.5
                # EOF

                """)
    }

    @Test func aSummary() {
        let text = written(.text) {
            $0.summary(.latency, [("role", "mirror")], quantiles: [(0.5, .nan), (1, 2)], sum: 0, count: 0)
        }
        #expect(
            text.hasSuffix(
                """
                # TYPE pantograph_upstream_latency_seconds summary
                pantograph_upstream_latency_seconds{role="mirror",quantile="0.5"} NaN
                pantograph_upstream_latency_seconds{role="mirror",quantile="1"} 2.0
                pantograph_upstream_latency_seconds_sum{role="mirror"} 0.0
                pantograph_upstream_latency_seconds_count{role="mirror"} 0

                """))
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("\\n", "\\\\n"), ("größe", "größe"), ("", ""),
    ])
    func labelValuesAreEscaped(_ value: String, _ wanted: String) throws {
        #expect(ExpositionWriter.escaped(label: value) == wanted)
        for format in [ExpositionFormat.text, .openMetrics] {
            let text = written(format) { $0.count(.retries, [("upstream", value), ("class", "x")], 1) }
            #expect(try Samples(Array(text.utf8)).all.map(\.labels) == [["upstream": value, "class": "x"]])
        }
    }

    @Test(arguments: [(0, "0.0"), (1.5, "1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e21, "1e+21"), (0.0005, "0.0005")])
    func numbers(_ value: Double, _ wanted: String) { #expect(ExpositionWriter.text(value) == wanted) }
}
