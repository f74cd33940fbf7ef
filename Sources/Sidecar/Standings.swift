internal import Admin
internal import Delivery
internal import Exchange
internal import Spool
internal import Telemetry
internal import Upstream

/// How the upstreams stand, read wherever it is kept: for the metrics' gauges and for `GET /api/upstreams`.
struct Standings: Sendable {
    let settings: Settings
    let works: Works
    let telemetry: Telemetry
    let probes: Probes

    private var spool: Spool? { works.durable?.spool }

    func gauges(of upstream: UpstreamID) -> UpstreamGauges {
        let name = settings.upstreams[upstream.index].name
        let gate = works.roads[upstream.index].gate.standing
        let waiting = spool?.pending(name)
        return UpstreamGauges(
            inFlight: works.upstreams.inFlight(of: upstream), connections: works.upstreams.connections(of: upstream),
            breaker: settings.upstreams[upstream.index].breaker == nil ? nil : gate.breaker.rawValue,
            throttledSeconds: Double(gate.throttledNanoseconds) / 1e9, retryAfterSeconds: gate.pausedFor?.seconds ?? 0,
            quotaRemaining: gate.quota, spooledPending: waiting?.count ?? 0, spooledOldest: waiting?.oldest, deadLetters: spool?.deadCount(name),
            isHealthy: probes.isHealthy(upstream))
    }

    var all: [UpstreamStanding] { settings.upstreams.indices.map { standing(of: UpstreamID($0)) } }

    private func standing(of upstream: UpstreamID) -> UpstreamStanding {
        let of = settings.upstreams[upstream.index]
        var standing = UpstreamStanding(name: of.name, url: of.url.description, routes: roles(of: upstream))
        if let snapshot = telemetry.upstreamSnapshot(upstream) { standing.take(snapshot) }
        let gauges = gauges(of: upstream)
        standing.breaker = gauges.breaker.flatMap { BreakerState(rawValue: $0) }.map { UpstreamStanding.Breaker($0) }
        standing.pausedFor = gauges.retryAfterSeconds > 0 ? gauges.retryAfterSeconds : nil
        standing.quotaRemaining = gauges.quotaRemaining
        standing.oldestPendingAt = gauges.spooledOldest
        standing.deadLetters = gauges.deadLetters ?? 0
        standing.healthy = gauges.isHealthy
        return standing
    }

    private func roles(of upstream: UpstreamID) -> [(name: String, role: Role)] {
        settings.routes.filter { $0.upstreams.contains(upstream) }.map { ($0.name, $0.primary == upstream ? .primary : .mirror) }
    }
}

extension UpstreamStanding.Breaker {
    fileprivate init(_ state: BreakerState) {
        switch state {
        case .closed: self = .closed
        case .halfOpen: self = .halfOpen
        case .open: self = .open
        }
    }
}
