internal import Exchange
internal import Policy

extension Problem {
    static func noRoute(_ request: RequestHead) -> Problem {
        Problem(
            status: 404, errorClass: .noRoute, proxyError: "destination_not_found",
            detail: "No route of the configuration matches \(request.method) \(request.path); add one, or a last one with path /**.")
    }

    static var loop: Problem {
        Problem(
            status: 508, errorClass: .loop, proxyError: "proxy_loop_detected",
            detail: "An upstream's URL leads back to this sidecar: its name stands in the request's Via.")
    }

    /// RFC 9110, 7.6.2: the recipient that `Max-Forwards: 0` names must answer by itself.
    static func lastForward(_ request: RequestHead) -> Problem {
        .badRequest(501, "Max-Forwards is 0: \(request.method) ends here, and this sidecar has nothing of its own to say to it.")
    }

    static func inFlight(_ upstream: UpstreamSettings) -> Problem {
        Problem(
            status: 503, errorClass: .rateLimited, proxyError: "connection_limit_reached",
            detail: "\(upstream.name): \(upstream.inFlight) calls are in flight, the bound of its limit.in_flight.",
            upstream: upstream.name, retryAfter: 1)
    }

    static func refused(_ refusal: Gate.Refusal, _ upstream: UpstreamSettings, until: MonotonicTime) -> Problem {
        let wait = max(1, Int(until.seconds(since: .now()).rounded(.up)))
        return switch refusal {
        case .breakerOpen:
            Problem(
                status: 503, errorClass: .breakerOpen, proxyError: "destination_unavailable",
                detail: "\(upstream.name): its circuit breaker is open, since too many calls to it failed.", upstream: upstream.name,
                retryAfter: wait)
        case .rateLimited, .paused:
            Problem(
                status: 503, errorClass: .rateLimited, proxyError: "connection_limit_reached",
                detail: "\(upstream.name): the calls that its limit.rate allows are used up.", upstream: upstream.name, retryAfter: wait)
        }
    }

    // MARK: Accepted calls

    static func acceptedBodyTooLarge(_ bound: Int) -> Problem {
        .badRequest(413, "The request's body is longer than spool.max_body, \(bound) bytes.", errorClass: .bodyTooLarge)
    }

    static func spoolFull(_ reason: String) -> Problem {
        Problem(
            status: 503, errorClass: .spoolFull, proxyError: "proxy_internal_error", detail: "The call was not accepted: \(reason).",
            retryAfter: 5)
    }

    static func keyMissing(_ route: RouteSettings) -> Problem {
        .badRequest(400, "Route '\(route.name)' takes calls only with a key in \(route.idempotencyHeader); send one that is new for each call.")
    }

    static func keyMalformed(_ route: RouteSettings) -> Problem {
        .badRequest(400, "\(route.idempotencyHeader) can't be read: send one quoted string of at most \(IdempotencyKeys.maxLength) characters.")
    }

    static func keyInUse(_ route: RouteSettings) -> Problem {
        .badRequest(409, "A call with this \(route.idempotencyHeader) has come and is not kept yet; ask again in a moment.")
    }

    static func keyReused(_ route: RouteSettings, _ first: ExchangeID) -> Problem {
        .badRequest(422, "This \(route.idempotencyHeader) belongs to exchange \(first), whose method, target or body is another.")
    }

    static var shuttingDown: Problem {
        Problem(
            status: 503, errorClass: .cancelled, proxyError: "proxy_internal_error",
            detail: "The sidecar is shutting down and the time to drain is over.", retryAfter: 1)
    }
}
