import Exchange
import Logging
import Synchronization

@testable import Telemetry

/// An exporter, and all that it says of itself.
final class ExportFixture: Sendable {
    let results = Journal<ExportResult>()
    let lines = Journal<LoggedLine>()
    let exporter: SpanExporter

    /// Fast where the product is patient; still far from what a busy machine takes for a step.
    static let quick = ExportBackoff(first: .milliseconds(20), longest: .milliseconds(200), giveUpAfter: .seconds(60), longestAsked: .seconds(60))

    init(_ endpoint: String, backoff: ExportBackoff = quick, _ change: (inout OTLPSettings) -> Void = { _ in }) {
        var settings = OTLPSettings()
        settings.endpoint = endpoint
        settings.scheduleDelay = .milliseconds(20)
        change(&settings)
        exporter = SpanExporter(
            settings, resource: SpanResource(TelemetrySettings(), version: "1.2.3"), upstreams: SpanFixtures.upstreams, routes: SpanFixtures.routes, version: "1.2.3",
            log: LogCapture.logger(lines), backoff: backoff, observe: { [results] in results.note($0) })
    }

    /// Offers so many exchanges, each known by its path.
    func offer(_ numbers: Range<Int>) {
        for number in numbers { exporter.offer(.exchange(SpanFixtures.exchange(SpanFixtures.story(target: "/\(number)")))) }
    }

    var tally: ResultTally { ResultTally(results.entries) }

    /// Waits until so many spans have met their end.
    func settled(_ spans: Int) async -> Bool { await results.wait { ResultTally($0).spans >= spans } }
}

/// Results added up.
struct ResultTally: Equatable {
    var (exported, rejected, dropped, failedTries) = (0, 0, 0, 0)

    init(_ exported: Int = 0, rejected: Int = 0, dropped: Int = 0, failedTries: Int = 0) {
        (self.exported, self.rejected, self.dropped, self.failedTries) = (exported, rejected, dropped, failedTries)
    }

    init(_ results: [ExportResult]) {
        for result in results {
            switch result {
            case .exported(let spans, _): exported += spans
            case .rejected(let spans): rejected += spans
            case .dropped(let spans): dropped += spans
            case .failedTry: failedTries += 1
            }
        }
    }

    /// Those whose fate is known.
    var spans: Int { exported + rejected + dropped }
}

struct LoggedLine: Sendable, Equatable {
    var level: Logger.Level
    var message: String
    var metadata: [String: String]
}

/// Notes each line of a logger.
struct LogCapture: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    private let lines: Journal<LoggedLine>

    static func logger(_ lines: Journal<LoggedLine>) -> Logger {
        Logger(label: "test") { _ in LogCapture(lines) }
    }

    private init(_ lines: Journal<LoggedLine>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }
        lines.note(LoggedLine(level: event.level, message: event.message.description, metadata: merged.mapValues { $0.description }))
    }
}
