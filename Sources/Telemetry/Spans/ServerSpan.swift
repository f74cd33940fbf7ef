internal import Exchange

/// The SERVER span of an exchange (semantic conventions 1.44, HTTP server span).
extension SpanEncoder {
    mutating func write(server record: ExchangeRecord) {
        let story = record.story
        let route = story.route.flatMap { routes.indices.contains($0.index) ? routes[$0.index] : nil }
        let method = KnownMethod.name(story.method)
        open(head(of: record, method, route))
        write(method, of: story)
        json.open(.path)
        let start = json.count
        write(targetOf: record)
        note(.target, since: start)
        json.closeAttribute()
        // The listener speaks cleartext alone.
        json.attribute(.scheme, word: "http")
        if let route { write(route.serverAttributes) }
        let ending = ServerOutcome(record)
        write(ending, of: record)
        write(applicationOf: story)
        write(bodies: record.requestBodyBytes, record.responseBodyBytes)
        write(exchangeID: story.id)
        closeAttributes(record.events, of: story)
        close(isError: ending.isError)
    }

    private func head(of record: ExchangeRecord, _ method: StaticString?, _ route: RouteText?) -> Head {
        let values = SpanValues(record)
        return Head(
            trace: record.story.trace, spanID: values.spanID, parent: values.parentSpanID, parentIsRemote: values.parentSpanID != nil,
            kind: .server, start: values.start, end: values.end,
            name: .request(method: method, route: route?.path))
    }

    /// The path, and behind it, where there is one, the query: each the inside of an attribute, of which the first is open and the
    /// last is to be closed.
    mutating func write(targetOf record: ExchangeRecord) {
        var text = record.story.target
        text.withUTF8 { text in
            let target = RequestTarget(text)
            json.escaped(target.path, limit: JSONBytes.longestText)
            guard let query = target.query else { return }
            json.closeAttribute()
            json.open(.query)
            write(query: query)
        }
    }

    private mutating func write(_ ending: ServerOutcome, of record: ExchangeRecord) {
        if let status = record.status { json.attribute(.status, status) }
        switch ending {
        case .unset: break
        case .status(let status): json.attribute(.errorType, number: status)
        case .failed(let errorClass): json.attribute(.errorType, errorClass?.rawValue ?? "_OTHER")
        }
        if let errorClass = record.errorClass { json.attribute(.errorClass, errorClass.rawValue) }
    }

    private mutating func write(applicationOf story: ExchangeStory) {
        if let host = story.host, !hidesHost { write(host: host) }
        if let address = story.clientAddress { json.attribute(.clientAddress, address) }
        if let agent = story.userAgent, !hidesUserAgent { json.attribute(.userAgent, agent) }
        if story.minorVersion == 0 { json.attribute(.http10) } else { json.attribute(.http11) }
    }

    private mutating func write(host: String) {
        var host = host
        host.withUTF8 { text in
            let host = HostField(text, defaultPort: 80)
            guard !host.address.isEmpty else { return }
            json.attribute(.serverAddress, host.address)
            if let port = host.port { json.attribute(.serverPort, port) }
        }
    }

    // MARK: What other kinds of span have too

    mutating func write(_ known: StaticString?, of story: ExchangeStory) {
        if let known { return json.attribute(.requestMethod, word: known) }
        json.attribute(.requestMethod, word: "_OTHER")
        if !story.method.isEmpty { json.attribute(.originalMethod, story.method) }
    }

    /// The query, its sensitive values redacted, as the inside of a string.
    mutating func write(query: UnsafeBufferPointer<UInt8>) {
        guard redaction.mayConcern(query) else { return json.escaped(query, limit: JSONBytes.longestText) }
        json.escaped(String(redaction.query(Substring(decoding: query, as: UTF8.self))), limit: JSONBytes.longestText)
    }

    mutating func write(bodies request: Int, _ response: Int) {
        write(.requestBody, request, .requestBody)
        write(.responseBody, response, .responseBody)
    }

    private mutating func write(_ key: IntegerKey, _ value: Int, _ place: SpanForm.Place) {
        json.open(key)
        put(place) { $0.integer(value) }
        json.closeAttribute()
    }

    mutating func write(exchangeID id: ExchangeID) {
        json.open(.exchange)
        put(.exchangeID) { $0.uuid(id.high, id.low) }
        json.closeAttribute()
    }

    /// Attributes that have been written before.
    mutating func write(_ attributes: [UInt8]) {
        json.separate()
        json.raw(attributes)
    }
}

/// What a SERVER span says of how its exchange ended: 5xx is an error, 4xx is not (the application's to mend), and so is
/// whatever kept the answer from being sent whole.
enum ServerOutcome: Equatable {
    case unset
    case status(Int)
    /// Failed here or on the way; nil where nothing more is known.
    case failed(ErrorClass?)

    init(_ record: ExchangeRecord) {
        let ownClass = record.errorClass.flatMap { $0.isStatus ? nil : $0 }
        switch (record.status, ownClass) {
        case (nil, _): self = .failed(record.errorClass)
        case (.some(400..<500), _): self = .unset
        case (.some, .some(let errorClass)): self = .failed(errorClass)
        case (.some(let status), nil): self = status >= 500 ? .status(status) : .unset
        }
    }

    var isError: Bool { self != .unset }
}

extension ErrorClass {
    /// Whether it says no more than the status does.
    var isStatus: Bool { self == .http4xx || self == .http429 || self == .http5xx }
}
