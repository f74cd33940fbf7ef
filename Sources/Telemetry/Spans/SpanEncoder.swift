internal import Exchange

/// Writes spans in OTLP's JSON form (opentelemetry-proto, `docs/specification.md`), by hand and into storage that is kept: for each
/// span this is a twentieth of what a general encoder costs.
///
/// Whatever came from outside, the text is JSON and UTF-8, and each span is bounded: texts by `JSONBytes.longestText`, events
/// by `mostEvents` and `mostEventBytes`.
struct SpanEncoder: ~Copyable {
    static let mostEvents = 128
    static let mostEventBytes = 65_536
    /// No trace state that keeps to its limits is longer: 32 members of 513 bytes and their commas.
    static let longestTraceState = 32 * 514

    var json = JSONBytes()
    let routes: [RouteText]
    let upstreams: [UpstreamText]
    let redaction: Redaction
    let hidesHost: Bool
    let hidesUserAgent: Bool
    /// While a form is made: what has been put in, and where.
    private var filled: [SpanForm.Filled]?

    init(upstreams: [UpstreamSettings], routes: [RouteSettings], redaction: Redaction = .standard) {
        self.redaction = redaction
        hidesHost = redaction.hides(header: "Host")
        hidesUserAgent = redaction.hides(header: "User-Agent")
        self.routes = routes.map(RouteText.init)
        self.upstreams = upstreams.map(UpstreamText.init)
    }

    // MARK: A span

    /// Writes the span behind what has been written before.
    mutating func write(_ record: SpanRecord) {
        switch record {
        case .exchange(let record): write(server: record)
        case .attempt(let record): write(client: record)
        case .delivery(let record): write(delivery: record)
        }
    }

    /// Makes the form of which a plain span is, by its text and what in it stands in places.
    mutating func form<Form>(of record: SpanRecord, _ make: (UnsafeBufferPointer<UInt8>, [SpanForm.Filled]) -> Form) -> Form {
        let start = json.count
        filled = []
        write(record)
        defer {
            filled = nil
            json.cut(to: start)
        }
        let values = (filled ?? []).map {
            SpanForm.Filled(place: $0.place, range: $0.range.lowerBound - start..<$0.range.upperBound - start)
        }
        return make(UnsafeBufferPointer(rebasing: json.written[start...]), values)
    }

    /// Writes what other spans of the same form have something else for.
    @inline(__always)
    mutating func put(_ place: SpanForm.Place, _ write: (inout JSONBytes) -> Void) {
        let start = json.count
        write(&json)
        note(place, since: start)
    }

    @inline(__always)
    mutating func note(_ place: SpanForm.Place, since start: Int) {
        if filled != nil { filled?.append(SpanForm.Filled(place: place, range: start..<json.count)) }
    }

    // MARK: What all spans have

    /// What a span is, but for its attributes.
    struct Head {
        /// Its trace id, flags and state; the span's own id stands apart.
        var trace: TraceContext
        var spanID: SpanID
        /// nil for the root of a trace.
        var parent: SpanID?
        /// Whether the parent is in another process.
        var parentIsRemote: Bool
        var kind: Kind
        var start: WallTime
        var end: WallTime
        var name: Name
    }

    /// What a span is called: words of the configuration and of HTTP, never of traffic. The texts are already escaped.
    enum Name {
        /// `{method} {route}`, else the method alone; an unknown method is `HTTP`.
        case request(method: StaticString?, route: [UInt8]?)
        /// `{verb} {upstream}`, else the verb alone.
        case delivery(verb: StaticString, upstream: [UInt8]?)
    }

    /// `Span.SpanKind` of the schema.
    enum Kind {
        case `internal`, server, client

        var text: StaticString {
            switch self {
            case .internal: ",\"kind\":1"
            case .server: ",\"kind\":2"
            case .client: ",\"kind\":3"
            }
        }
    }

    /// Opens the span's object and leaves its array of attributes open.
    @inline(__always)
    mutating func open(_ head: Head) {
        write(idsOf: head.trace, spanID: head.spanID)
        if let parent = head.parent {
            json.raw("\",\"parentSpanId\":\"")
            put(.parentSpanID) { $0.id(parent) }
        }
        json.raw("\",\"flags\":")
        json.integer(SpanEncoder.flags(head.trace.flags, parentIsRemote: head.parentIsRemote))
        write(traceState: head.trace.traceState)
        write(head.name)
        json.raw(head.kind.text)
        json.raw(",\"startTimeUnixNano\":\"")
        put(.start) { $0.integer(head.start.nanosecondsSinceEpoch) }
        json.raw("\",\"endTimeUnixNano\":\"")
        put(.end) { $0.integer(max(head.start, head.end).nanosecondsSinceEpoch) }
        json.raw("\",\"attributes\":[")
    }

    /// Closes the attributes and writes the events.
    mutating func closeAttributes(_ events: [SpanEvent], of story: ExchangeStory) {
        json.raw("]")
        guard !events.isEmpty else { return }
        json.raw(",\"events\":[")
        let (start, written) = (json.count, min(events.count, SpanEncoder.mostEvents))
        var dropped = events.count - written
        for (place, event) in events.prefix(written).enumerated() {
            let before = json.count
            write(event, of: story)
            guard json.count - start > SpanEncoder.mostEventBytes else { continue }
            json.cut(to: before)
            dropped = events.count - place
            break
        }
        json.raw("]")
        guard dropped > 0 else { return }
        json.raw(",\"droppedEventsCount\":")
        json.integer(dropped)
    }

    /// A link to a span of this service, where there is one (`Span.Link` of the schema).
    mutating func write(link: TraceContext?) {
        guard let link else { return }
        json.raw(",\"links\":[")
        write(idsOf: link, spanID: link.spanID)
        json.raw("\"")
        write(traceState: link.traceState)
        json.raw(",\"attributes\":[],\"flags\":")
        json.integer(SpanEncoder.flags(link.flags, parentIsRemote: false))
        json.raw("}]")
    }

    /// Writes the status and ends the span's object.
    mutating func close(isError: Bool, message: String = "") {
        if isError {
            json.raw(",\"status\":{\"code\":2")
            if !message.isEmpty {
                json.raw(",\"message\":")
                json.quoted(message, limit: JSONBytes.longestEventText)
            }
            json.raw("}")
        }
        json.raw("}")
    }

    /// W3C's flags in bits 0–7; bit 8 says that bit 9 is known, bit 9 that the parent is remote.
    static func flags(_ flags: TraceContext.Flags, parentIsRemote: Bool) -> Int {
        Int(flags.rawValue) | 0x100 | (parentIsRemote ? 0x200 : 0)
    }

    /// Opens an object with both ids and leaves the last one's quotes open.
    private mutating func write(idsOf trace: TraceContext, spanID: SpanID) {
        json.raw("{\"traceId\":\"")
        put(.traceID) { $0.id(trace.traceID) }
        json.raw("\",\"spanId\":\"")
        put(.spanID) { $0.id(spanID) }
    }

    private mutating func write(traceState: String) {
        // A trace state is kept whole or not at all: a part of a member says something else.
        guard !traceState.isEmpty, traceState.utf8.count <= SpanEncoder.longestTraceState else { return }
        json.raw(",\"traceState\":")
        json.quoted(traceState, limit: SpanEncoder.longestTraceState)
    }

    private mutating func write(_ name: Name) {
        let (first, second) =
            switch name {
            case .request(let method, let route): (method ?? "HTTP", route)
            case .delivery(let verb, let upstream): (verb, upstream)
            }
        json.raw(",\"name\":\"")
        json.raw(first)
        if let second {
            json.raw(" ")
            json.raw(second)
        }
        json.raw("\"")
    }

    private mutating func write(_ event: SpanEvent, of story: ExchangeStory) {
        json.separate()
        json.raw("{\"timeUnixNano\":\"")
        json.integer(story.startedAt.wall(at: event.at).nanosecondsSinceEpoch)
        json.raw("\",\"name\":")
        json.quoted(event.name, limit: 256)
        json.raw(",\"attributes\":[")
        for (key, value) in event.attributes.prefix(SpanEncoder.mostEvents) {
            json.attribute(key: key, value, limit: JSONBytes.longestEventText)
        }
        json.raw("]}")
    }
}
