import Testing
@testable import Telemetry

@Suite struct FormatTests {
    private static let prometheus2 =
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    private static let prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

    @Test(arguments: [
        prometheus2, prometheus3, "application/openmetrics-text", "Application/OpenMetrics-Text ; Version=\"1.0.0\"",
        "application/openmetrics-text;q=0.1", "application/*", "application/*;q=0.5, */*;q=0.4",
        "text/plain;q=0.5, application/openmetrics-text", "application/openmetrics-text, text/plain",
        "application/openmetrics-text;q=0.5, text/*;q=0.4", "application/openmetrics-text, */*", "*/*, application/openmetrics-text",
        "text/plain;q=0, */*", "application/json, application/openmetrics-text;q=0.001",
        "application/openmetrics-text;q=nonsense, application/openmetrics-text;q=0.3", ",,;;, application/openmetrics-text",
    ])
    func openMetricsWhereItIsPreferred(_ accept: String) {
        #expect(ExpositionFormat(accept: accept) == .openMetrics)
    }

    @Test(arguments: [
        nil, "", "*/*", "text/*", "text/plain", "text/html", "text/plain;version=0.0.4", "application/json",
        "text/plain, application/openmetrics-text", "text/plain;q=0.5, application/openmetrics-text;q=0.4", "*/*;q=0.1",
        "application/openmetrics-text;q=0", "application/openmetrics-text;q=0, */*", "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=2.0.0, text/plain;q=0.1", "application/openmetrics-text;q=1.5",
        "application/openmetrics-text;q=-1", "application/openmetrics-text;q=1e0", "application/openmetrics-text;q=0.00001",
        "application/openmetrics-text;q=", "application/openmetrics-text;q", "application/openmetrics-text/x", "*/openmetrics-text",
        "application", "/", ";q=1", "openmetrics-text", "\u{0}", "application/openmetrics-texts", "text/plain, */*",
        String(repeating: "a/b,", count: 20_000),
    ])
    func textOtherwise(_ accept: String?) {
        #expect(ExpositionFormat(accept: accept) == .text)
    }

    @Test func theContentTypeNamesVersionAndCharset() {
        let telemetry = Fixture.telemetry()
        #expect(telemetry.exposition(accept: nil).contentType == "text/plain; version=0.0.4; charset=utf-8")
        let open = telemetry.exposition(accept: Telemetry.openMetrics)
        #expect(open.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(open.body.suffix(6) == Array("# EOF\n".utf8)[...])
    }
}
