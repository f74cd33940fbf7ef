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
            if request.isChange { try provenance.check(request) }
            if endpoint == .tap { return .stream(try TapStream(request, sources.live)) }
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
        case .index: return AdminAnswer(.ok, "text/plain; charset=utf-8", ByteBuffer(string: Desk.index))
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

    private static let index = """
        pantograph \(Version.current)

        /metrics                       Prometheus metrics, text or OpenMetrics by Accept
        /livez                         200 while the process answers
        /readyz                        200 while it takes calls, else 503 and why not
        /api/config                    the configuration as it was understood, secrets redacted
        /api/upstreams                 each upstream's queue, limits, errors and percentiles
        /api/history                   how they stood each 10 s of the last 15 minutes
        /api/exchanges                 recent and spooled ones, newest first; ?route= upstream= state= class= before= limit=
        /api/exchanges/ID              one of them, with every attempt
        /api/tap                       exchanges as they end, a line each or server-sent events; ?route= upstream= class= min_ms=
        /api/dead-letters              deliveries that ended dead; ?upstream= route= class= older_than= after= limit=
        /api/dead-letters/ID           one of them, with its request and every attempt; DELETE discards it
        /api/dead-letters/replay       POST {"ids":[…]} or a filter or {"all":true}: sends them again
        /api/dead-letters/discard      POST the same: lets go of them

        """
}
