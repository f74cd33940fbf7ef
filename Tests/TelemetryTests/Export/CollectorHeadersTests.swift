import Exchange
import Foundation
import Testing

@testable import Telemetry

@Suite("Headers for the collector")
struct CollectorHeadersTests {
    @Test(
        "Lines that may be sent, and those that would break the request apart",
        arguments: [
            ("Authorization", "Bearer x", "Authorization: Bearer x"), ("x-key", "", "x-key;"), ("a", "b\tc", "a: b\tc"),
            ("a", "ü", "a: ü"),
            ("a", "b\r\nX: y", nil), ("a", "b\n", nil), ("a", "b\u{0}", nil), ("a", "\u{7F}", nil),
            ("", "b", nil), ("a b", "c", nil), ("a:", "c", nil), ("a\n", "c", nil), ("ä", "c", nil),
        ] as [(String, String, String?)])
    func lines(name: String, value: String, line: String?) {
        #expect(CollectorHeaders.line(name, value) == line)
    }

    @Test("A secret that can't be read is reported once, and used as soon as it can be")
    func lateSecret() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pantograph-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = Journal<LoggedLine>()
        let headers = CollectorHeaders([("api-key", .file(path)), ("x", .literal("1"))], of: .spans, log: LogCapture.logger(lines))
        for _ in 0..<3 { #expect(headers.lines() == ["x: 1"]) }
        #expect(lines.entries.count == 1)
        #expect(lines.entries.first?.metadata["header"] == "api-key")
        #expect(lines.entries.first?.metadata["detail"]?.contains(path) == true)
        try Data("s3cret\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(headers.lines() == ["api-key: s3cret", "x: 1"])
        #expect(lines.entries.count == 1)
    }

    @Test("The warning names the signal that goes without", arguments: [(ExportSignal.spans, "Spans"), (.metrics, "Metrics"), (.logs, "Logs")])
    func signals(signal: ExportSignal, word: String) {
        let lines = Journal<LoggedLine>()
        #expect(CollectorHeaders([("expect", .literal("x"))], of: signal, log: LogCapture.logger(lines)).lines().isEmpty)
        #expect(lines.entries.map(\.message) == ["\(word) are sent without a header of telemetry.otlp.headers"])
    }

    @Test("A secret that no header may hold is left out and reported once, without itself")
    func unsendable() {
        let lines = Journal<LoggedLine>()
        let headers = CollectorHeaders([("api-key", .literal("s3cret\r\nX: y"))], of: .spans, log: LogCapture.logger(lines))
        for _ in 0..<3 { #expect(headers.lines().isEmpty) }
        #expect(lines.entries.count == 1)
        #expect(!lines.entries.contains { "\($0)".contains("s3cret") })
    }

    @Test("What the exporter says of its body nobody else says", arguments: CollectorHeaders.reserved + ["Content-Type"])
    func reserved(name: String) {
        let lines = Journal<LoggedLine>()
        let headers = CollectorHeaders([(name, .literal("x"))], of: .spans, log: LogCapture.logger(lines))
        for _ in 0..<3 { #expect(headers.lines().isEmpty) }
        #expect(lines.entries.map { $0.metadata["header"] } == [name])
    }
}
