internal import Exchange

/// The CLIENT span of an attempt (semantic conventions 1.44, HTTP client span): one for each request on the wire.
extension SpanEncoder {
    mutating func write(client record: AttemptRecord) {
        let story = record.story
        let method = KnownMethod.name(story.method)
        open(head(of: record, method))
        write(method, of: story)
        if upstreams.indices.contains(record.upstream.index) {
            let upstream = upstreams[record.upstream.index]
            write(upstream.attributesToOrigin)
            let start = json.count
            write(targetOf: record)
            note(.target, since: start)
            json.closeAttribute()
        }
        let ending = ClientOutcome(record.outcome)
        write(ending, of: record)
        if record.resendCount > 0 { json.attribute(.resendCount, record.resendCount) }
        write(connectionOf: record)
        write(bodies: record.outcome.requestBodyBytes, record.outcome.responseBodyBytes)
        write(placeOf: record)
        closeAttributes(record.events, of: story)
        close(isError: ending.isError, message: ending.needsMessage ? record.outcome.detail : "")
    }

    private func head(of record: AttemptRecord, _ method: StaticString?) -> Head {
        let values = SpanValues(record)
        return Head(
            trace: record.story.trace, spanID: values.spanID, parent: values.parentSpanID, parentIsRemote: false,
            kind: .client, start: values.start, end: values.end,
            name: .request(method: method, route: nil))
    }

    /// What follows the upstream's origin in `url.full`: the target, which the base URL's path is part of. `*` has no path of its
    /// own (RFC 9110, 7.1).
    mutating func write(targetOf record: AttemptRecord) {
        var text = record.target
        text.withUTF8 { text in
            let target = RequestTarget(text)
            if !target.isAsterisk {
                if target.path.first != UInt8(ascii: "/") { json.raw("/") }
                json.escaped(target.path, limit: JSONBytes.longestText)
            }
            if let query = target.query {
                json.raw("?")
                write(query: query)
            }
        }
    }

    private mutating func write(_ ending: ClientOutcome, of record: AttemptRecord) {
        if let status = record.outcome.status { json.attribute(.status, status) }
        switch ending {
        case .unset: break
        case .status(let status): json.attribute(.errorType, number: status)
        case .failed(let errorClass): json.attribute(.errorType, errorClass?.rawValue ?? "_OTHER")
        }
        if let errorClass = record.outcome.errorClass { json.attribute(.errorClass, errorClass.rawValue) }
    }

    private mutating func write(connectionOf record: AttemptRecord) {
        if let address = record.outcome.peerAddress {
            json.attribute(.peerAddress, address)
            if let port = record.outcome.peerPort { json.attribute(.peerPort, port) }
        }
        if let version = record.outcome.protocolVersion {
            if version == "1.1" { json.attribute(.http11) } else { json.attribute(.protocolVersion, version) }
        }
    }

    private mutating func write(placeOf record: AttemptRecord) {
        write(exchangeID: record.story.id)
        if let route = record.story.route, routes.indices.contains(route.index) { write(routes[route.index].attribute) }
        switch record.role {
        case .primary: json.attribute(.primary)
        case .mirror: json.attribute(.mirror)
        }
        switch record.deliveryResult {
        case .delivered: json.attribute(.delivered)
        case .some(let result): json.attribute(.deliveryResult, result.rawValue)
        case nil: break
        }
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
