/// The history of upstreams as the API shows it.
struct HistoryEntry: Decodable {
    struct Leg: Decodable {
        var rate: Double
        /// By class.
        var errors: [String: Int]
        var p50: Double?
        var p95: Double?
        var p99: Double?
    }

    struct Upstream: Decodable {
        var primary: Leg?
        var mirror: Leg?
        var rateLimited: Int

        subscript(role: String) -> Leg? { role == "primary" ? primary : mirror }
    }

    struct Point: Decodable {
        var at: String
        var upstreams: [String: Upstream]
    }

    var intervalS: Int
    var points: [Point]

    /// One role of one upstream over time, oldest first.
    func course(of upstream: String, _ role: String) -> [Leg?] { points.map { $0.upstreams[upstream]?[role] } }
}
