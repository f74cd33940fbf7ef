internal import Exchange
internal import Logging

/// Writes log records as one `ExportLogsServiceRequest` in OTLP's JSON form: what a line says of an exchange, a request or an
/// upstream goes by the names that spans have for it, and `trace_id` and `span_id` by the record's own fields.
struct LogRecordWriter: ~Copyable, BatchWriting {
    /// Attributes of one record; beyond, they are left out and counted in it.
    static let mostAttributes = 64

    private var json = JSONBytes()
    private let opening: [UInt8]
    private let routes: [RouteText]
    private(set) var elements = 0
    private let whole = WholeText()

    init(resource: SpanResource, version: String, routes: [RouteSettings] = []) {
        self.routes = routes.map(RouteText.init)
        opening = OTLPRequest.opening("resourceLogs", "scopeLogs", "logRecords", resource, version: version)
    }

    var bytes: Int { json.count }
    var text: RequestText { whole }

    mutating func begin() {
        json.clear()
        json.raw(opening)
        elements = 0
    }

    mutating func append(_ record: LogRecord) {
        switch record {
        case .event(let event): write(event)
        case .access(let exchange): write(exchange)
        }
        elements += 1
    }

    mutating func finish() {
        json.raw(OTLPRequest.closing)
        whole.hold(UnsafeRawBufferPointer(json.written))
    }

    // MARK: What was logged

    private mutating func write(_ record: LogEventRecord) {
        open(at: record.time, record.level, record.message)
        let attributes = record.attributes
        for (key, value) in attributes.prefix(Self.mostAttributes) { json.attribute(key: key, value, limit: JSONLine.longestText) }
        json.raw("]")
        if attributes.count > Self.mostAttributes {
            json.raw(",\"droppedAttributesCount\":")
            json.integer(attributes.count - Self.mostAttributes)
        }
        write(id: "trace_id", of: record, digits: 32, as: ",\"traceId\":")
        write(id: "span_id", of: record, digits: 16, as: ",\"spanId\":")
        json.raw("}")
    }

    /// Only what is an id: lower-case hexadecimal, and not all zero.
    private mutating func write(id key: String, of record: LogEventRecord, digits: Int, as opening: StaticString) {
        guard let text = record.metadata[key]?.description, text.utf8.count == digits,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }), text.utf8.contains(where: { $0 != 0x30 })
        else { return }
        json.raw(opening)
        json.quoted(text, limit: digits)
    }

    // MARK: Access lines

    /// As the line on standard error: the path and never the query, and no header.
    private mutating func write(_ record: ExchangeRecord) {
        let story = record.story
        open(at: story.startedAt.wall(at: record.endedAt), .info, AccessLog.message)
        if let method = KnownMethod.name(story.method) {
            json.attribute(.requestMethod, word: method)
        } else {
            json.attribute(.requestMethod, word: "_OTHER")
            json.attribute(.originalMethod, story.method)
        }
        json.attribute(.path, AccessLog.path(of: story.target))
        if let route = story.route, routes.indices.contains(route.index) {
            json.separate()
            json.raw(routes[route.index].serverAttributes)
        }
        if let status = record.status { json.attribute(.status, status) }
        json.attribute(.requestBody, record.requestBodyBytes)
        json.attribute(.responseBody, record.responseBodyBytes)
        if let errorClass = record.errorClass { json.attribute(.errorClass, errorClass.rawValue) }
        let nanoseconds = record.endedAt.nanoseconds(since: story.startedAt.monotonic)
        json.attribute(key: "pantograph.duration_ms", .double(Double(nanoseconds) / 1e6), limit: 0)
        json.open(.exchange)
        json.uuid(story.id.high, story.id.low)
        json.closeAttribute()
        json.raw("],\"traceId\":\"")
        json.id(story.trace.traceID)
        json.raw("\",\"spanId\":\"")
        json.id(story.trace.spanID)
        json.raw("\"}")
    }

    /// Opens a record and its attributes.
    private mutating func open(at time: WallTime, _ level: Logger.Level, _ message: String) {
        json.separate()
        json.raw("{\"timeUnixNano\":\"")
        json.integer(time.nanosecondsSinceEpoch)
        json.raw("\",\"observedTimeUnixNano\":\"")
        json.integer(time.nanosecondsSinceEpoch)
        json.raw("\",\"severityNumber\":")
        json.integer(level.severityNumber)
        json.raw(",\"severityText\":")
        json.quoted(level.rawValue, limit: 16)
        json.raw(",\"body\":{\"stringValue\":")
        json.quoted(message, limit: JSONLine.longestText)
        json.raw("},\"attributes\":[")
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
