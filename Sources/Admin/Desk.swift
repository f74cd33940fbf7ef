internal import Exchange
internal import NIOCore
internal import NIOHTTP1

/// Where every request of the admin listener is told what it gets: at once where that is cheap, else by work that is done away
/// from the event loop.
struct Desk: Sendable {
    enum Reply {
        case now(AdminAnswer)
        case later(@Sendable () async -> AdminAnswer)
        /// It has no end of its own.
        case stream(TapStream)
    }

    let sources: AdminSources
    let provenance: Provenance

    func answer(to request: AdminRequest) -> Reply {
        do throws(AdminProblem) {
            let endpoint = try Endpoint(request.path)
            guard endpoint.methods.contains(request.head.method) else { throw .methodNotAllowed(endpoint.methods) }
            if request.isChange { try provenance.checkChange(request) } else if !endpoint.isOpen { try provenance.checkReading(request) }
            if endpoint.isAPI, let token = sources.token { try BearerToken(token.current()).check(request.head.headers) }
            if endpoint == .tap { return .stream(try TapStream(request, sources.live, sources.redaction)) }
            if let answer = atOnce(endpoint, request.head) { return .now(answer) }
            let api = API(sources: sources)
            return .later { await api.answer(to: request, at: endpoint) }
        } catch {
            return .now(AdminAnswer(error))
        }
    }

    private func atOnce(_ endpoint: Endpoint, _ head: HTTPRequestHead) -> AdminAnswer? {
        switch endpoint {
        case .metrics:
            let (contentType, body) = sources.exposition(head.headers[canonicalForm: "accept"].joined(separator: ","))
            return AdminAnswer(.ok, contentType, ByteBuffer(bytes: body))
        case .live: return AdminAnswer(.ok, "application/json", ByteBuffer(string: "{\"status\":\"live\"}\n"))
        case .ready: return readiness(sources.notReady())
        case .configuration: return AdminAnswer(.ok, "application/json", ByteBuffer(string: sources.configuration))
        case .page: return Page.answer()
        default: return nil
        }
    }

    private func readiness(_ reasons: [String]) -> AdminAnswer {
        guard !reasons.isEmpty else { return .json(.object([("status", .string("ready"))])) }
        var answer = AdminAnswer.json(
            .object([("status", .string("not ready")), ("reasons", .array(reasons.map { .string($0) }))]))
        answer.status = .serviceUnavailable
        return answer
    }
}
