package import Exchange
package import Telemetry

/// How one upstream stands, for `GET /api/upstreams`.
package struct UpstreamStanding: Sendable {
    package enum Breaker: String, CaseIterable, Sendable {
        case closed
        case halfOpen = "half_open"
        case open
    }

    /// How long attempts in one role took within the last 60 s, in seconds; each nil where there was none.
    package struct Latency: Sendable, Equatable {
        package var p50: Double?
        package var p90: Double?
        package var p95: Double?
        package var p99: Double?

        package init(p50: Double? = nil, p90: Double? = nil, p95: Double? = nil, p99: Double? = nil) {
            self.p50 = p50
            self.p90 = p90
            self.p95 = p95
            self.p99 = p99
        }
    }

    package var name: String
    /// Its base URL; user information is redacted where it is shown.
    package var url: String
    /// What it is to each route that names it, in the routes' order.
    package var routes: [(name: String, role: Role)]
    /// nil where it has none.
    package var breaker: Breaker?
    /// What its last health probe said; nil where it has none, or none has ended yet.
    package var healthy: Bool?
    /// Seconds for which the upstream asked to be left alone, as far as they are still to come; nil where it did not.
    package var pausedFor: Double?
    /// Calls that its last answer left; nil where it did not say.
    package var quotaRemaining: Int?
    package var inFlight = 0
    package var connections = 0
    /// Deliveries that have not ended.
    package var pending = 0
    /// When the oldest of them was accepted.
    package var oldestPendingAt: WallTime?
    /// The age of the oldest in seconds; 0 where there is none.
    package var lag = 0.0
    package var deadLetters = 0
    package var latency: [Role: Latency] = [:]
    /// Attempts that failed since the start, in every role.
    package var errors: [ErrorClass: UInt64] = [:]
    /// 429s received since the start.
    package var rateLimited: UInt64 = 0

    package init(name: String, url: String, routes: [(name: String, role: Role)] = []) {
        self.name = name
        self.url = url
        self.routes = routes
    }

    /// Takes over what Telemetry has measured: latency, errors, 429s, what is pending and on the wire.
    package mutating func take(_ snapshot: UpstreamSnapshot) {
        for leg in snapshot.legs {
            latency[leg.role] = Latency(leg.percentiles)
            errors.merge(leg.errors, uniquingKeysWith: +)
            rateLimited += leg.rateLimited
        }
        pending = snapshot.pending
        lag = snapshot.lag
        inFlight = snapshot.gauges?.inFlight ?? inFlight
        connections = snapshot.gauges?.connections ?? connections
    }
}

extension UpstreamStanding.Latency {
    init(_ percentiles: [(quantile: Double, seconds: Double)]) {
        func seconds(_ quantile: Double) -> Double? {
            percentiles.first { $0.quantile == quantile }.flatMap { $0.seconds.isFinite ? $0.seconds : nil }
        }
        self.init(p50: seconds(0.5), p90: seconds(0.9), p95: seconds(0.95), p99: seconds(0.99))
    }
}
