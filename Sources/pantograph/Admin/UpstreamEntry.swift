/// What `/readyz` says.
struct ReadinessEntry: Decodable {
    var status: String
    var reasons: [String]?
}

/// An upstream as the API shows it.
struct UpstreamEntry: Decodable {
    struct List: Decodable { var upstreams: [UpstreamEntry] }

    struct Latency: Decodable {
        var p50: Double?
        var p99: Double?
    }

    var name: String
    var breaker: String?
    var pausedForS: Double?
    var quotaRemaining: Int?
    var inFlight: Int
    var pending: Int
    var lagS: Double
    var deadLetters: Int
    /// By role.
    var latency: [String: Latency]

    /// A line for each upstream, and another for the latency of a second role.
    static func table(_ upstreams: [UpstreamEntry]) -> Table {
        var table = Table([
            .init(heading: "UPSTREAM", least: 10), .init(heading: "PENDING", isNumber: true), .init(heading: "LAG", isNumber: true),
            .init(heading: "BREAKER"), .init(heading: "PAUSED", isNumber: true), .init(heading: "QUOTA", isNumber: true),
            .init(heading: "DEAD", isNumber: true), .init(heading: "ROLE"), .init(heading: "P50", isNumber: true),
            .init(heading: "P99", isNumber: true),
        ])
        for upstream in upstreams {
            let roles = upstream.latency.keys.sorted(by: >)
            table.append(upstream.standing + upstream.cells(of: roles.first))
            for role in roles.dropFirst() { table.append(Array(repeating: "", count: 7) + upstream.cells(of: role)) }
        }
        return table
    }

    private var standing: [String] {
        [
            name, String(pending), pending > 0 ? Ago.span(lagS) : "-", breaker ?? "-", pausedForS.map(Ago.span) ?? "-",
            quotaRemaining.map { String($0) } ?? "-", String(deadLetters),
        ]
    }

    private func cells(of role: String?) -> [String] {
        guard let role else { return ["-", "-", "-"] }
        return [role, Ago.latency(latency[role]?.p50), Ago.latency(latency[role]?.p99)]
    }
}
