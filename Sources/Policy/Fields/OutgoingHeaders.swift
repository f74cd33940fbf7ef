package import Exchange

/// The fields of requests to one upstream, and of its answers on their way back: which of them pass, and what is put beside
/// them. One for each upstream, made once; every field costs one look into a table.
///
/// What passes, passes byte for byte and in order. `Host` stands first, what is added stands last.
package struct OutgoingHeaders: Sendable {
    private let requestRules: FieldTable
    private let host: Headers
    private let keepsHost: Bool
    private let inheritsCredentials: Bool
    private let credentialField: String?
    private let idempotencyField: String
    /// What the configuration sets, and this sidecar's `Via`: ready to be put last.
    private let ending: Headers
    /// The same for a request that came over HTTP/1.0.
    private let endingHTTP10: Headers
    private let sends: AddedFields
    /// `Via` of answers.
    private let answerVia: Headers

    /// Which of the fields that are put in here the configuration lets through: `remove` and `set` have the last word.
    private struct AddedFields: Sendable {
        let credentials: Bool
        let traceParent: Bool
        let traceState: Bool
        let baggage: Bool
        let idempotencyKey: Bool
        let maxForwards: Bool
    }

    /// `remove` and `set` of the configuration hold for everything that would be sent but `Host`, which can be set and not
    /// removed, this sidecar's own `Via`, and the fields that `isReserved` names, which are passed over. Credentials or a key in
    /// `Host` or in one of those are passed over too: no configuration may spoil the framing.
    package init(_ upstream: UpstreamSettings, via: Via) {
        let set = upstream.setHeaders.filter { !OutgoingHeaders.isReserved($0.name) }
        let overruled = set.map(\.name) + upstream.removeHeaders.filter { !OutgoingHeaders.names($0, "host") }
        let isFree = { (name: String) in
            !OutgoingHeaders.isReserved(name) && !(overruled + ["host"]).contains { OutgoingHeaders.names($0, name) }
        }
        let setHost = set.first { OutgoingHeaders.names($0.name, "host") }?.value
        self.answerVia = Headers(["Via": via.value])
        self.host = Headers(["Host": setHost ?? upstream.url.authority])
        self.keepsHost = setHost == nil && upstream.keepHost
        self.inheritsCredentials = upstream.inheritCredentials
        self.credentialField = OutgoingHeaders.field(of: upstream.credentials)
        self.idempotencyField = upstream.idempotency.header
        var added = Headers()
        for (name, value) in set where !OutgoingHeaders.names(name, "host") { added.append(name, value) }
        var addedHTTP10 = added
        added.append("Via", via.value)
        addedHTTP10.append("Via", via.valueHTTP10)
        (self.ending, self.endingHTTP10) = (added, addedHTTP10)
        self.sends = AddedFields(
            credentials: credentialField.map(isFree) ?? true, traceParent: isFree("traceparent"),
            traceState: isFree("tracestate"), baggage: isFree("baggage"), idempotencyKey: isFree(idempotencyField),
            maxForwards: isFree("max-forwards"))
        self.requestRules = FieldTable(
            OutgoingHeaders.ownRules(idempotencyField)
                + (overruled + [credentialField].compactMap(\.self)).map { ($0, .drop) }
                + OutgoingHeaders.fixedRules)
    }

    /// Whether a field is of a connection alone or says how a message is framed: not for `headers.set` to set.
    package static func isReserved(_ name: String) -> Bool {
        fixedRules.contains { names($0.name, name) && $0.rule != .host }
    }

    /// - Parameters:
    ///   - credentials: the upstream's own. The application's field of that name goes even where there are none just now.
    ///   - trace: the attempt's CLIENT span; nil where traces are not propagated, and the application's fields then pass.
    ///   - baggage: in place of the application's; nil where that passes as it is (see `Propagation.begin`), empty for none.
    ///   - idempotencyKey: one that was made here, as it goes on the wire; nil where the application's own passes.
    /// - Returns: every field of the request but its framing.
    package func make(
        for request: RequestHead, role: Role, credentials: (name: String, value: String)?, trace: TraceContext?,
        baggage: String?, idempotencyKey: String?
    ) -> Headers {
        // An upstream's own credentials stand for all of the application's: none of those leaks beside them unasked.
        let getsCredentials = inheritsCredentials || role == .primary && credentialField == nil
        let countsForwards = MaxForwards.counts(request.method)
        var headers = Headers()
        headers.reserve(
            fields: request.headers.count + ending.count + 8, bytes: request.headers.byteCount + host.byteCount + ending.byteCount + 256)
        appendHost(to: &headers, request)
        var namesFields = false
        headers.append(from: request.headers) { name, value in
            switch requestRules.rule(for: name) {
            case nil: return true
            case .drop, .host: return false
            case .connection:
                namesFields = namesFields || ConnectionOptions.namesFields(value)
                return false
            case .credential: return getsCredentials
            case .trace: return trace == nil
            case .baggage: return baggage == nil
            case .idempotencyKey: return idempotencyKey == nil
            case .maxForwards: return !countsForwards || MaxForwards.remaining(value) == nil
            }
        }
        if namesFields { remove(ConnectionOptions(request.headers), from: &headers) }
        if countsForwards { appendMaxForwards(to: &headers, request) }
        append(credentials, to: &headers)
        append(trace, baggage, to: &headers)
        if let idempotencyKey, sends.idempotencyKey { headers.append(idempotencyField, idempotencyKey) }
        headers.append(request.minorVersion == 0 ? endingHTTP10 : ending)
        return headers
    }

    private func appendHost(to headers: inout Headers, _ request: RequestHead) {
        if keepsHost {
            headers.append(from: request.headers) { name, _ in Headers.equal(name, literal: "host") }
        }
        if headers.isEmpty { headers.append(host) }
    }

    private func remove(_ options: ConnectionOptions, from headers: inout Headers) {
        headers.remove { options.name($0) }
    }

    private func append(_ credentials: (name: String, value: String)?, to headers: inout Headers) {
        guard let credentials, sends.credentials else { return }
        if credentials.name != credentialField { headers.remove(credentials.name) }
        headers.append(credentials.name, credentials.value)
    }

    private func append(_ trace: TraceContext?, _ baggage: String?, to headers: inout Headers) {
        if let trace {
            if sends.traceParent {
                headers.appendSound("traceparent", valueLength: TraceContext.traceParentLength) { trace.writeTraceParent(to: $0) }
            }
            if sends.traceState, !trace.traceState.isEmpty { headers.append("tracestate", trace.traceState) }
        }
        if let baggage, !baggage.isEmpty, sends.baggage { headers.append("baggage", baggage) }
    }

    private func appendMaxForwards(to headers: inout Headers, _ request: RequestHead) {
        guard sends.maxForwards else { return }
        request.headers.forEach("max-forwards") { value in
            guard let remaining = MaxForwards.remaining(value) else { return }
            headers.append("Max-Forwards", String(remaining > 0 ? remaining - 1 : 0))
        }
    }

    // MARK: Answers

    /// The fields of an answer that go to the application: all but those of the upstream's connection and those that frame
    /// the message, which Ingress writes from `AnswerHead.bodyLength`; and this sidecar's `Via`.
    package func answer(_ headers: Headers) -> Headers {
        var answer = Headers()
        answer.reserve(fields: headers.count + 1, bytes: headers.byteCount + 64)
        var namesFields = false
        answer.append(from: headers) { name, value in
            switch OutgoingHeaders.answerRules.rule(for: name) {
            case nil: return true
            case .connection:
                namesFields = namesFields || ConnectionOptions.namesFields(value)
                return false
            default: return false
            }
        }
        if namesFields { remove(ConnectionOptions(headers), from: &answer) }
        answer.append(answerVia)
        return answer
    }

    /// A whole answer's head for the application. Where it may have no body, because it answers a HEAD or is a 304, its
    /// `Content-Length` says something all the same and is kept in `bodyLength` (RFC 9110, 8.6): Ingress writes the field
    /// and no body.
    package func answer(_ head: AnswerHead, to method: String) -> AnswerHead {
        var bodyLength = head.bodyLength
        if method == "HEAD" || head.status == 304 {
            let announced = head.headers.first("content-length").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
            bodyLength = announced.map { .sized($0) } ?? (head.status == 304 ? .none : .unknown)
        }
        return AnswerHead(status: head.status, headers: answer(head.headers), bodyLength: bodyLength)
    }
}
