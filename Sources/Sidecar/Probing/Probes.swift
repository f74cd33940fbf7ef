internal import Exchange
internal import NIOCore
internal import Telemetry

/// The health probes of all upstreams that have one.
struct Probes: Sendable {
    /// By upstream.
    private let all: [Probe?]

    init(_ works: Works, on eventLoops: [any EventLoop], telemetry: Telemetry) {
        all = works.roads.map { road in
            guard let health = road.settings.health, !eventLoops.isEmpty else { return nil }
            return Probe(
                health, road, works.upstreams, on: eventLoops[road.upstream.index % eventLoops.count], log: telemetry.log)
        }
    }

    func start() { all.forEach { $0?.start() } }
    func stop() { all.forEach { $0?.stop() } }

    /// nil where the upstream has no probe, or none has ended yet.
    func isHealthy(_ upstream: UpstreamID) -> Bool? {
        switch all[upstream.index]?.verdict {
        case nil, .unknown: nil
        case .healthy: true
        case .unhealthy: false
        }
    }

    /// What keeps the sidecar from being ready.
    var reasons: [String] {
        all.compactMap { $0 }.filter(\.settings.isRequired).compactMap { probe in
            switch probe.verdict {
            case .unknown: "upstream \(probe.name): not probed yet"
            case .healthy: nil
            case .unhealthy(let reason): "upstream \(probe.name) is unhealthy: \(reason)"
            }
        }
    }
}
