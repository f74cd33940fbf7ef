import Exchange
import Testing

@testable import Configuration

@Suite struct SignalTests {
    private func telemetry(_ text: String = "{}", _ environment: [String: String] = [:]) throws -> TelemetrySettings {
        try checked(twoUpstreams + "telemetry: \(text)\n", environment).settings.telemetry
    }

    @Test func spansAloneGoOutUnasked() throws {
        let telemetry = try telemetry()
        #expect(telemetry.otlp != nil && telemetry.metrics == nil && telemetry.logs == nil)
    }

    @Test func theFileAsksForThem() throws {
        let telemetry = try telemetry(
            "{ otlp: { endpoint: \"http://c:4318\", headers: { k: v }, timeout: 1s, metrics: true, logs: true } }")
        #expect(telemetry.metrics?.endpoint == "http://c:4318/v1/metrics" && telemetry.logs?.endpoint == "http://c:4318/v1/logs")
        #expect(telemetry.metrics?.headers.map(\.name) == ["k"] && telemetry.logs?.timeout == .seconds(1))
        #expect(telemetry.metrics?.scheduleDelay == .seconds(60) && telemetry.logs?.scheduleDelay == .seconds(1))
    }

    @Test func theEnvironmentAsksForThem() throws {
        let environment = [
            "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "OTLP", "OTEL_TRACES_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/base", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://l/own",
            "OTEL_METRIC_EXPORT_INTERVAL": "1500", "OTEL_BLRP_SCHEDULE_DELAY": "70", "OTEL_EXPORTER_OTLP_METRICS_HEADERS": "k=v",
        ]
        let telemetry = try telemetry("{}", environment)
        #expect(telemetry.otlp == nil)
        #expect(telemetry.metrics?.endpoint == "http://c:4318/base/v1/metrics" && telemetry.logs?.endpoint == "http://l/own")
        #expect(telemetry.metrics?.scheduleDelay == .milliseconds(1500) && telemetry.logs?.scheduleDelay == .milliseconds(70))
        #expect(telemetry.metrics?.headers.map(\.name) == ["k"] && telemetry.logs?.headers.isEmpty == true)
    }

    @Test func theFileHasTheLastWord() throws {
        let environment = ["OTEL_METRICS_EXPORTER": "otlp"]
        #expect(try telemetry("{ otlp: { metrics: false } }", environment).metrics == nil)
        #expect(try telemetry("{ otlp: { timeout: 1s } }", environment).metrics?.timeout == .seconds(1))
        #expect(try telemetry("{ otlp: false }", environment).metrics == nil)
    }

    @Test func nothingGoesOutWhereTheSDKIsDisabled() throws {
        let telemetry = try telemetry("{}", ["OTEL_SDK_DISABLED": "true", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp"])
        #expect(telemetry.otlp == nil && telemetry.metrics == nil && telemetry.logs == nil)
    }

    @Test(arguments: ["prometheus", "console"])
    func anotherExporterIsDoubted(_ word: String) throws {
        let environment = ["OTEL_METRICS_EXPORTER": word]
        #expect(try telemetry("{}", environment).metrics == nil)
        #expect(warnings(twoUpstreams, environment).map(\.keyPath) == ["OTEL_METRICS_EXPORTER"])
    }

    @Test func aVariableForEverySignalIsComplainedOfOnce() {
        #expect(warnings(twoUpstreams, ["OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"]).count == 1)
    }
}
