internal import Exchange
internal import Telemetry

/// The history of upstreams as the API shows it.
enum HistoryDocument {
    static func json(_ points: [HistoryPoint]) -> JSON {
        .object([("interval_s", .integer(10)), ("points", .array(points.map(json)))])
    }

    private static func json(_ point: HistoryPoint) -> JSON {
        .object([("at", JSON(point.at)), ("upstreams", .object(point.upstreams.map { ($0.name, json($0)) }))])
    }

    private static func json(_ upstream: HistoryPoint.Upstream) -> JSON {
        let limited = upstream.legs.reduce(UInt64(0)) { $0 &+ $1.rateLimited }
        return .object(
            upstream.legs.map { ($0.role.rawValue, json($0)) } + [
                ("pending", JSON(upstream.pending)), ("lag_s", JSON(upstream.lag)), ("breaker", JSON(word(of: upstream.breaker))),
                ("rate_limited", .integer(Int64(clamping: limited))),
            ])
    }

    private static func json(_ leg: HistoryPoint.Leg) -> JSON {
        let latency = UpstreamStanding.Latency(leg.percentiles)
        let errors = ErrorClass.allCases.compactMap { name in leg.errors[name].map { (name.rawValue, JSON.integer(Int64(clamping: $0))) } }
        return .object([
            ("rate", JSON(leg.rate)), ("errors", .object(errors)), ("p50", JSON(latency.p50)), ("p95", JSON(latency.p95)),
            ("p99", JSON(latency.p99)),
        ])
    }

    private static func word(of breaker: BreakerState?) -> String? {
        switch breaker {
        case .closed: UpstreamStanding.Breaker.closed.rawValue
        case .halfOpen: UpstreamStanding.Breaker.halfOpen.rawValue
        case .open: UpstreamStanding.Breaker.open.rawValue
        case nil: nil
        }
    }
}
