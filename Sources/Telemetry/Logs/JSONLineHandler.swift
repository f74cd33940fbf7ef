internal import Exchange
internal import Logging

/// swift-log's backend: each event becomes one JSON line with its metadata as members beside `time`, `level`, `message` and
/// `logger`. A metadata key of one of these names gets `metadata_` before it.
struct JSONLineHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let writer: LogWriter
    /// Where lines go besides; nil where they go nowhere else.
    private let export: (@Sendable (LogRecord) -> Void)?

    init(label: String, level: Logger.Level, writer: LogWriter, export: (@Sendable (LogRecord) -> Void)? = nil) {
        self.label = label
        self.logLevel = level
        self.writer = writer
        self.export = export
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let (time, metadata) = (WallTime.now(), merged(event.metadata))
        var line = JSONLine(at: time, level: Self.name(of: event.level), message: event.message.description)
        line.text("logger", label)
        if let error = event.error { line.text("error", "\(error)") }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line.member(Self.reserved.contains(key) ? "metadata_" + key : key) { Self.write(value, to: &$0, depth: 0) }
        }
        writer.write(line.finished())
        export?(
            .event(
                LogEventRecord(
                    time: time, level: event.level, message: event.message.description, error: event.error.map { "\($0)" },
                    metadata: metadata)))
    }

    private func merged(_ event: Logger.Metadata?) -> Logger.Metadata {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let event { all.merge(event) { $1 } }
        return all
    }

    private static let reserved: Set<String> = ["time", "level", "message", "logger", "error"]
    /// Arrays and objects that lie deeper are written as text.
    private static let deepest = 8

    private static func write(_ value: Logger.MetadataValue, to line: inout JSONLine, depth: Int) {
        switch value {
        case .array(let elements) where depth < deepest:
            line.list(elements, (0x5B, 0x5D)) { write($1, to: &$0, depth: depth + 1) }
        case .dictionary(let members) where depth < deepest:
            line.list(members.sorted { $0.key < $1.key }, (0x7B, 0x7D)) { line, member in
                line.quote(member.key)
                line.colon()
                write(member.value, to: &line, depth: depth + 1)
            }
        default: line.quote(value.description)
        }
    }

    private static func name(of level: Logger.Level) -> StaticString {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}

extension LogSettings.Level {
    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
