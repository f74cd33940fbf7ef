import Exchange
import Testing

@testable import Configuration

@Suite struct RedactSectionTests {
    private func text(_ redact: String) -> String { twoUpstreams + "telemetry: { redact: \(redact) }\n" }

    private func found(_ redact: String) -> [String] {
        errors(text(redact)).map { "\($0.keyPath.replacing("telemetry.redact", with: "")): \($0.message)" }
    }

    @Test func everyKey() throws {
        let redaction = try checked(text("{ headers: [X-Customer], query: [api_key, \"filter[name]\"] }")).settings.telemetry.redaction
        #expect(redaction == Redaction(keys: ["api_key", "filter[name]"], headers: ["X-Customer"]))
    }

    @Test func withoutItThereIsTheStandard() throws {
        #expect(try checked(twoUpstreams).settings.telemetry.redaction == .standard)
        #expect(try checked(text("{}")).settings.telemetry.redaction == .standard)
    }

    @Test(arguments: [
        ("true", ": expected a block"), ("{ header: [a] }", ".header: unknown key"), ("{ query: api_key }", ".query: expected a list"),
        ("{ query: [\"a=b\"] }", ".query[0]: a query's key stands here as it is before"), ("{ query: [\"\"] }", ".query[0]: a query's key has from 1 to 63 bytes"),
        ("{ query: [\"%61\"] }", ".query[0]: a query's key stands here"), ("{ headers: [\"a b\"] }", ".headers[0]: a header's name is"),
        ("{ headers: [TraceParent] }", ".headers[0]: TraceParent is what a span is known by"),
    ])
    func refuses(_ redact: String, _ message: String) {
        #expect(found(redact).count == 1 && found(redact).first?.hasPrefix(message) == true, "\(found(redact))")
    }

    @Test func listsAreBounded() {
        let many = "[" + (0...100).map { "a\($0)" }.joined(separator: ", ") + "]"
        for key in ["headers", "query"] {
            #expect(found("{ \(key): \(many) }") == [".\(key): there are 101 in the list, at most 100 are possible"])
        }
    }

    @Test func theReportNamesWhatIsRedactedAndTheSignalsUnderTheFilesKeys() throws {
        let report = try checked(
            twoUpstreams + "telemetry: { otlp: { endpoint: \"http://c:4318\", metrics: true }, redact: { query: [api_key] } }\n").report.json
        #expect(report.contains("\"redact\":{\"headers\":[],\"query\":[\"api_key\"]}"))
        #expect(report.contains("\"metrics\":{\"endpoint\":\"http://c:4318/v1/metrics\"") && report.contains("\"logs\":false"))
        #expect(!report.contains("otlp_metrics") && !report.contains("otlp_logs"))
    }
}
