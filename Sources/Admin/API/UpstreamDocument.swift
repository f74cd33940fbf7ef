internal import Exchange

/// An upstream as the API shows it.
enum UpstreamDocument {
    static func json(_ standing: UpstreamStanding) -> JSON {
        .object([
            ("name", .string(standing.name)), ("url", .string(Redaction.standard.url(standing.url))),
            ("routes", .object(standing.routes.map { ($0.name, .string($0.role.rawValue)) })),
            ("breaker", JSON(standing.breaker?.rawValue)), ("healthy", standing.healthy.map { .bool($0) } ?? .null),
            ("paused_for_s", JSON(standing.pausedFor)),
            ("quota_remaining", JSON(standing.quotaRemaining)), ("in_flight", JSON(standing.inFlight)),
            ("connections", JSON(standing.connections)), ("pending", JSON(standing.pending)),
            ("oldest_pending_at", JSON(standing.oldestPendingAt)), ("lag_s", JSON(standing.lag)),
            ("dead_letters", JSON(standing.deadLetters)), ("latency", latency(standing)), ("errors", errors(standing)),
            ("rate_limited", .integer(Int64(clamping: standing.rateLimited))),
        ])
    }

    private static func latency(_ standing: UpstreamStanding) -> JSON {
        .object(
            Role.allCases.compactMap { role in
                standing.latency[role].map { latency in
                    let percentiles = [("p50", latency.p50), ("p90", latency.p90), ("p95", latency.p95), ("p99", latency.p99)]
                    return (role.rawValue, .object(percentiles.map { ($0.0, JSON($0.1)) }))
                }
            })
    }

    private static func errors(_ standing: UpstreamStanding) -> JSON {
        .object(
            ErrorClass.allCases.compactMap { name in
                standing.errors[name].map { (name.rawValue, .integer(Int64(clamping: $0))) }
            })
    }
}
