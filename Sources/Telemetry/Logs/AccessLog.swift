internal import Exchange

/// One line for each exchange, or for a part of them; written whatever `log.level` says, since it is asked for by name.
///
/// A line has the path and never the query, whose values may be secrets, and no header.
struct AccessLog: Sendable {
    static let message = "exchange"

    private let writer: LogWriter
    /// Where lines go besides; nil where they go nowhere else.
    private let export: (@Sendable (LogRecord) -> Void)?
    private let layout: Layout
    /// Exchanges whose id's random part is below this get a line; nil for all.
    private let threshold: UInt64?

    /// nil where the settings ask for no line.
    init?(_ settings: LogSettings, layout: Layout, writer: LogWriter, export: (@Sendable (LogRecord) -> Void)? = nil) {
        guard settings.access, settings.accessSample > 0 else { return nil }
        self.writer = writer
        self.export = export
        self.layout = layout
        threshold = settings.accessSample < 1 ? UInt64(settings.accessSample * 0x1p62) : nil
    }

    func ended(_ record: ExchangeRecord) {
        guard includes(record.story.id) else { return }
        writer.write(line(record))
        export?(.access(record))
    }

    /// The same answer for the same exchange everywhere: the id's last 62 bits are random (RFC 9562, 5.7).
    func includes(_ id: ExchangeID) -> Bool {
        guard let threshold else { return true }
        return id.low & 0x3FFF_FFFF_FFFF_FFFF < threshold
    }

    static func path(of target: String) -> String {
        target.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(target[..<$0]) } ?? target
    }

    private func line(_ record: ExchangeRecord) -> [UInt8] {
        let story = record.story
        var line = JSONLine(at: story.startedAt.wall(at: record.endedAt), level: "info", message: Self.message)
        line.identifiers(of: story, spanID: story.trace.spanID)
        line.text("method", story.method)
        line.text("route", layout.name(of: story.route))
        line.text("path", Self.path(of: story.target))
        if let status = record.status { line.integer("status", status) }
        line.milliseconds("duration_ms", nanoseconds: record.endedAt.nanoseconds(since: story.startedAt.monotonic))
        line.integer("request_bytes", record.requestBodyBytes)
        line.integer("response_bytes", record.responseBodyBytes)
        if let errorClass = record.errorClass { line.text("class", errorClass.rawValue) }
        return line.finished()
    }
}
