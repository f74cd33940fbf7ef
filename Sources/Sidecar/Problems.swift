internal import Exchange

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

    static var shuttingDown: Problem {
        Problem(
            status: 503, errorClass: .cancelled, proxyError: "proxy_internal_error",
            detail: "The sidecar is shutting down and the time to drain is over.", retryAfter: 1)
    }
}
