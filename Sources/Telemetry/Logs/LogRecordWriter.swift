internal import Exchange
internal import Logging

/// A line of the log on its way to a collector.
struct LogRecord: Sendable {
    var time: WallTime
    var level: Logger.Level
    var message: String
    var error: String?
    var metadata: Logger.Metadata
}

/// Writes log records as one `ExportLogsServiceRequest` in OTLP's JSON form. A line's members are attributes of the same names,
/// but for `trace_id` and `span_id`, which the record has fields for.
struct LogRecordWriter: ~Copyable, BatchWriting {
    /// Attributes of one record; beyond, they are left out and counted in it.
    static let mostAttributes = 64

    private var json = JSONBytes()
    private let opening: [UInt8]
    private(set) var elements = 0

    init(resource: SpanResource, version: String) {
        opening = OTLPRequest.opening("resourceLogs", "scopeLogs", "logRecords", resource, version: version)
    }

    var written: UnsafeBufferPointer<UInt8> { json.written }

    mutating func begin() {
        json.clear()
        json.raw(opening)
        elements = 0
    }

    mutating func append(_ record: LogRecord) {
        json.separate()
        json.raw("{\"timeUnixNano\":\"")
        json.integer(record.time.nanosecondsSinceEpoch)
        json.raw("\",\"observedTimeUnixNano\":\"")
        json.integer(record.time.nanosecondsSinceEpoch)
        json.raw("\",\"severityNumber\":")
        json.integer(record.level.severityNumber)
        json.raw(",\"severityText\":")
        json.quoted(record.level.rawValue, limit: 16)
        json.raw(",\"body\":{\"stringValue\":")
        json.quoted(record.message, limit: JSONLine.longestText)
        json.raw("},\"attributes\":[")
        let dropped = writeAttributes(of: record)
        json.raw("]")
        if dropped > 0 {
            json.raw(",\"droppedAttributesCount\":")
            json.integer(dropped)
        }
        write(id: "trace_id", of: record, digits: 32, as: ",\"traceId\":")
        write(id: "span_id", of: record, digits: 16, as: ",\"spanId\":")
        json.raw("}")
        elements += 1
    }

    mutating func finish() { json.raw(OTLPRequest.closing) }

    /// - Returns: how many were left out.
    private mutating func writeAttributes(of record: LogRecord) -> Int {
        var attributes = record.metadata.filter { $0.key != "trace_id" && $0.key != "span_id" }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.description) }
        if let error = record.error { attributes.insert(("exception.message", error), at: 0) }
        for (key, value) in attributes.prefix(Self.mostAttributes) {
            json.attribute(key: key, .string(value), limit: JSONLine.longestText)
        }
        return max(0, attributes.count - Self.mostAttributes)
    }

    /// Only what is an id: lower-case hexadecimal, and not all zero.
    private mutating func write(id key: String, of record: LogRecord, digits: Int, as opening: StaticString) {
        guard let text = record.metadata[key]?.description, text.utf8.count == digits,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }), text.utf8.contains(where: { $0 != 0x30 })
        else { return }
        json.raw(opening)
        json.quoted(text, limit: digits)
    }
}

extension Logger.Level {
    /// OpenTelemetry's logs data model, "Mapping of SeverityNumber".
    var severityNumber: Int {
        switch self {
        case .trace: 1
        case .debug: 5
        case .info: 9
        case .notice: 10
        case .warning: 13
        case .error: 17
        case .critical: 21
        }
    }
}
