import Exchange
import Logging
import Testing

@testable import Telemetry

@Suite("What the log is told of the export")
struct ExportHealthTests {
    private let refused = ExportTrouble(errorClass: .connectRefused, detail: "refused")
    private let late = ExportTrouble(errorClass: .firstByteTimeout, detail: "late")

    private func second(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: 1_000_000_000_000 + UInt64(seconds) * 1_000_000_000) }

    @Test("An outage of an hour, a try each second: one warning, a reminder a minute, one line at its end")
    func outage() {
        var health = ExportHealth()
        var notices: [ExportHealth.Notice] = []
        for time in 0..<3600 {
            notices += [health.failed(refused, refused: false, dropped: time * 10, at: second(time))].compactMap { $0 }
        }
        #expect(notices.first == .failing(refused, refused: false))
        #expect(notices.dropFirst() == (1..<60).map { .stillFailing(refused, dropped: $0 * 600) }[...])
        #expect(health.accepted(rejected: 0, message: "", dropped: 36_000, at: second(3600)) == .recovered(dropped: 36_000))
        #expect(health.accepted(rejected: 0, message: "", dropped: 36_000, at: second(3601)) == nil)
    }

    @Test("The reminder tells the trouble as it is by then; a new outage counts anew")
    func change() {
        var health = ExportHealth()
        #expect(health.failed(refused, refused: false, dropped: 5, at: second(0)) == .failing(refused, refused: false))
        #expect(health.failed(late, refused: true, dropped: 6, at: second(59)) == nil)
        #expect(health.failed(late, refused: true, dropped: 7, at: second(60)) == .stillFailing(late, dropped: 2))
        #expect(health.accepted(rejected: 0, message: "", dropped: 9, at: second(61)) == .recovered(dropped: 4))
        #expect(health.failed(late, refused: true, dropped: 9, at: second(62)) == .failing(late, refused: true))
        #expect(health.accepted(rejected: 0, message: "", dropped: 9, at: second(63)) == .recovered(dropped: 0))
    }

    @Test("Rejected spans are told of once a minute, none left out of the sum")
    func rejections() {
        var health = ExportHealth()
        var (told, notices) = (0, 0)
        for time in 0...120 {
            guard case .rejected(let spans, "why") = health.accepted(rejected: 1, message: "why", dropped: 0, at: second(time)) else { continue }
            told += spans
            notices += 1
        }
        #expect(notices == 3)
        #expect(told == 121)
    }

    @Test("A message without rejected spans is a warning too")
    func warning() {
        var health = ExportHealth()
        #expect(health.accepted(rejected: 0, message: "old schema", dropped: 0, at: second(0)) == .rejected(spans: 0, message: "old schema"))
    }

    @Test("Spans that come faster than they are taken: once a minute, with their number")
    func overflow() {
        var health = ExportHealth()
        var notices: [ExportHealth.Notice] = []
        for time in 0...60 {
            notices += [health.accepted(rejected: 0, message: "", dropped: time, at: second(time))].compactMap { $0 }
        }
        #expect(notices == [.overflowing(dropped: 1)])
        #expect(health.accepted(rejected: 0, message: "", dropped: 61, at: second(61)) == .overflowing(dropped: 60))
    }

    @Test("Each notice is one line that names the endpoint without its secrets")
    func lines() {
        let lines = Journal<LoggedLine>()
        let reporter = ExportReporter(.spans, endpoint: "https://u:s3cret@collector:4318/v1/traces?sig=s3cret", log: LogCapture.logger(lines))
        let notices: [ExportHealth.Notice?] = [
            .failing(refused, refused: false), .failing(late, refused: true), .stillFailing(late, dropped: 3), .recovered(dropped: 4),
            .rejected(spans: 5, message: "why"), .overflowing(dropped: 6), nil,
        ]
        for notice in notices { reporter.tell(notice) }
        reporter.leftOver(7)
        reporter.leftOver(0)
        #expect(lines.entries.count == 7)
        #expect(lines.entries.map(\.level) == [.warning, .warning, .warning, .info, .warning, .warning, .warning])
        for line in lines.entries {
            #expect(line.metadata["endpoint"] == "https://REDACTED:REDACTED@collector:4318/v1/traces")
        }
        #expect(lines.entries.map { $0.metadata["dropped"] } == [nil, nil, "3", "4", nil, "6", "7"])
        #expect(lines.entries.map { $0.metadata["class"] }.prefix(3) == ["connect_refused", "first_byte_timeout", "first_byte_timeout"])
        #expect(lines.entries[4].metadata["rejected"] == "5" && lines.entries[4].metadata["detail"] == "why")
    }
}
