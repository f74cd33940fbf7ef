internal import Exchange

/// The CLIENT span of an attempt (semantic conventions 1.44, HTTP client span): one for each request on the wire.
extension SpanEncoder {
    mutating func write(client record: AttemptRecord) {
        let (story, outcome) = (record.story, record.outcome)
        open(head(of: record))
        write(methodOf: story)
        if upstreams.indices.contains(record.upstream.index) {
            let upstream = upstreams[record.upstream.index]
            write(upstream.attributes)
            write(url: record.target, below: upstream.origin)
        }
        write(outcome)
        if record.resendCount > 0 { json.attribute("http.request.resend_count", integer: record.resendCount) }
        write(connectionOf: outcome)
        write(bodies: outcome.requestBodyBytes, outcome.responseBodyBytes)
        write(placeOf: record)
        closeAttributes(record.events, of: story)
        let ending = ClientOutcome(outcome)
        close(isError: ending.isError, message: ending.needsMessage ? outcome.detail : "")
    }

    private func head(of record: AttemptRecord) -> Head {
        let story = record.story
        return Head(
            story: story, spanID: record.spanID, parent: story.trace.spanID, parentIsRemote: false, kind: .client,
            start: story.startedAt.wall(at: record.outcome.startedAt), end: story.startedAt.wall(at: record.outcome.endedAt),
            method: KnownMethod.name(story.method), target: nil)
    }

    /// `url.full`: the upstream's origin and the target, which the base URL's path is part of. `*` has no path of its own
    /// (RFC 9110, 7.1).
    private mutating func write(url text: String, below origin: [UInt8]) {
        let target = RequestTarget(text)
        json.separate()
        json.raw("{\"key\":\"url.full\",\"value\":{\"stringValue\":\"")
        json.raw(origin)
        if target.path != "*" {
            if target.path.utf8.first != UInt8(ascii: "/") { json.raw("/") }
            json.escaped(target.path, limit: JSONBytes.longestText)
        }
        if let query = target.query {
            json.raw("?")
            json.escaped(Redaction.query(query), limit: JSONBytes.longestText)
        }
        json.raw("\"}}")
    }

    private mutating func write(_ outcome: AttemptOutcome) {
        if let status = outcome.status { json.attribute("http.response.status_code", integer: status) }
        switch ClientOutcome(outcome) {
        case .unset: break
        case .status(let status): json.attribute("error.type", status: status)
        case .failed(let errorClass): json.attribute("error.type", errorClass?.rawValue ?? "_OTHER")
        }
        if let errorClass = outcome.errorClass { json.attribute("pantograph.error.class", errorClass.rawValue) }
    }

    private mutating func write(connectionOf outcome: AttemptOutcome) {
        if let address = outcome.peerAddress {
            json.attribute("network.peer.address", address)
            if let port = outcome.peerPort { json.attribute("network.peer.port", integer: port) }
        }
        if let version = outcome.protocolVersion {
            json.attribute("network.protocol.name", word: "http")
            json.attribute("network.protocol.version", version)
        }
    }

    private mutating func write(placeOf record: AttemptRecord) {
        write(exchangeID: record.story.id)
        if let route = record.story.route, routes.indices.contains(route.index) { write(routes[route.index].attribute) }
        json.attribute("pantograph.role", record.role.rawValue)
        if let result = record.deliveryResult { json.attribute("pantograph.delivery.result", result.rawValue) }
    }
}

/// What a CLIENT span says of how its attempt ended: 4xx and 5xx are errors, and so is what kept the answer from coming whole.
/// A call that was given up on purpose is none.
enum ClientOutcome: Equatable {
    case unset
    case status(Int)
    /// Failed on the way; nil where nothing more is known.
    case failed(ErrorClass?)

    init(_ outcome: AttemptOutcome) {
        let ownClass = outcome.errorClass.flatMap { $0.isStatus ? nil : $0 }
        switch (outcome.status, ownClass) {
        case (_, .some(.cancelled)): self = .unset
        case (_, .some(let errorClass)): self = .failed(errorClass)
        case (.some(let status), nil): self = status >= 400 ? .status(status) : .unset
        case (nil, nil): self = .failed(outcome.errorClass)
        }
    }

    var isError: Bool { self != .unset }

    /// A status says by itself what went wrong.
    var needsMessage: Bool {
        if case .failed = self { true } else { false }
    }
}
