internal import Exchange
internal import Logging

/// A line of the log on its way to a collector.
enum LogRecord: Sendable {
    case event(LogEventRecord)
    /// An access line.
    case access(ExchangeRecord)
}

/// What was logged, with its metadata.
struct LogEventRecord: Sendable {
    var time: WallTime
    var level: Logger.Level
    var message: String
    var error: String?
    var metadata: Logger.Metadata
}

extension LogEventRecord {
    /// Its metadata as attributes in order, named as on spans, but for what the record has fields for.
    var attributes: [(key: String, value: SpanValue)] {
        let named = metadata.filter { $0.key != "trace_id" && $0.key != "span_id" }.sorted { $0.key < $1.key }
            .map { LogEventRecord.attribute($0.key, $0.value.description) }
        return (error.map { [("exception.message", .string($0))] } ?? []) + named
    }

    private static func attribute(_ key: String, _ value: String) -> (key: String, value: SpanValue) {
        switch key {
        case "status": ("http.response.status_code", Int(value).map { .int($0) } ?? .string(value))
        case "exchange_id": ("pantograph.exchange.id", .string(value))
        case "class": ("pantograph.error.class", .string(value))
        case "reason": ("pantograph.skip.reason", .string(value))
        default: ("pantograph." + key, .string(value))
        }
    }
}
