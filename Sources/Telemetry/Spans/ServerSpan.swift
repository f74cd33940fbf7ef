internal import Exchange

/// The SERVER span of an exchange (semantic conventions 1.44, HTTP server span).
extension SpanEncoder {
    mutating func write(server record: ExchangeRecord) {
        let story = record.story
        let route = story.route.flatMap { routes.indices.contains($0.index) ? routes[$0.index] : nil }
        open(head(of: record, route))
        write(methodOf: story)
        write(targetOf: story)
        if let route {
            write(route.httpRoute)
            write(route.attribute)
        }
        write(outcomeOf: record)
        write(applicationOf: story)
        write(bodies: record.requestBodyBytes, record.responseBodyBytes)
        write(exchangeID: story.id)
        closeAttributes(record.events, of: story)
        close(isError: ServerOutcome(record).isError)
    }

    private func head(of record: ExchangeRecord, _ route: RouteText?) -> Head {
        let story = record.story
        return Head(
            story: story, spanID: story.trace.spanID, parent: story.parentSpanID, parentIsRemote: story.parentSpanID != nil, kind: .server,
            start: story.startedAt.wall, end: story.startedAt.wall(at: record.endedAt), method: KnownMethod.name(story.method),
            target: route?.path)
    }

    private mutating func write(targetOf story: ExchangeStory) {
        let target = RequestTarget(story.target)
        json.attribute("url.path", target.path)
        if let query = target.query { json.attribute("url.query", Redaction.query(query)) }
        // The listener speaks cleartext alone.
        json.attribute("url.scheme", word: "http")
    }

    private mutating func write(outcomeOf record: ExchangeRecord) {
        if let status = record.status { json.attribute("http.response.status_code", integer: status) }
        switch ServerOutcome(record) {
        case .unset: break
        case .status(let status): json.attribute("error.type", status: status)
        case .failed(let errorClass): json.attribute("error.type", errorClass?.rawValue ?? "_OTHER")
        }
        if let errorClass = record.errorClass { json.attribute("pantograph.error.class", errorClass.rawValue) }
    }

    private mutating func write(applicationOf story: ExchangeStory) {
        if let host = story.host.map({ HostField($0, defaultPort: 80) }), !host.address.isEmpty {
            json.attribute("server.address", host.address)
            if let port = host.port { json.attribute("server.port", integer: port) }
        }
        if let address = story.clientAddress { json.attribute("client.address", address) }
        if let port = story.clientPort { json.attribute("client.port", integer: port) }
        if let agent = story.userAgent { json.attribute("user_agent.original", agent) }
        json.attribute("network.protocol.version", word: story.minorVersion == 0 ? "1.0" : "1.1")
    }

    // MARK: What both kinds of span have

    mutating func write(methodOf story: ExchangeStory) {
        if let name = KnownMethod.name(story.method) { return json.attribute("http.request.method", word: name) }
        json.attribute("http.request.method", word: "_OTHER")
        if !story.method.isEmpty { json.attribute("http.request.method_original", story.method) }
    }

    mutating func write(bodies request: Int, _ response: Int) {
        json.attribute("http.request.body.size", integer: request)
        json.attribute("http.response.body.size", integer: response)
    }

    mutating func write(exchangeID id: ExchangeID) {
        json.separate()
        json.raw("{\"key\":\"pantograph.exchange.id\",\"value\":{\"stringValue\":\"")
        json.uuid(id.high, id.low)
        json.raw("\"}}")
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
