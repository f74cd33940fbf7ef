internal import Exchange

/// The names and places that every label is taken from: what the configuration makes possible, and nothing else.
struct Layout: Sendable {
    /// One upstream in one role: the labels `upstream` and `role`.
    struct Leg: Hashable, Sendable {
        let upstream: Int
        let role: Role

        /// The place in tables that are kept for each upstream and role.
        var place: Int { upstream * 2 + role.place }
    }

    /// One route to one upstream: the labels `route` and `upstream`.
    struct Way: Hashable, Sendable {
        /// nil where the configuration no longer has the route: its label is empty.
        let route: Int?
        let upstream: Int
    }

    let upstreams: [String]
    let routes: [String]
    /// The legs that some route makes possible, in the order of upstreams.
    let legs: [Leg]
    /// The ways that routes have, in the order of routes.
    let ways: [Way]
    /// The ways of mirrors whose answers are compared.
    let comparing: [Way]
    /// The upstreams that some route mirrors to.
    let mirrors: [Int]
    /// The upstreams whose calls may be repeated: those with a `retry` block, and those that are called from the spool.
    let retrying: [Int]
    /// Whether attempts are counted as the HTTP conventions divide them, too: for a collector's sake.
    let divides: Bool
    /// What is not shown of exchanges.
    let redaction: Redaction

    init(_ settings: Settings) {
        let known = settings.upstreams.indices
        upstreams = settings.upstreams.map(\.name)
        routes = settings.routes.map(\.name)
        redaction = settings.telemetry.redaction
        divides = settings.telemetry.metrics != nil
        let pairs = settings.routes.enumerated().flatMap { route, settings in
            (settings.primary.map { [(Way(route: route, upstream: $0.index), Role.primary)] } ?? [])
                + settings.mirrors.map { (Way(route: route, upstream: $0.index), Role.mirror) }
        }.filter { known.contains($0.0.upstream) }
        legs = Set(pairs.map { Leg(upstream: $0.0.upstream, role: $0.1) }).sorted { $0.place < $1.place }
        ways = pairs.map(\.0)
        comparing = pairs.filter { $0.1 == .mirror && settings.routes[$0.0.route ?? 0].compare != nil }.map(\.0)
        mirrors = legs.filter { $0.role == .mirror }.map(\.upstream)
        let spooled = Set(settings.routes.filter { $0.primary == nil || $0.durable }.flatMap(\.mirrors).map(\.index))
        retrying = known.filter { settings.upstreams[$0].retry != nil || spooled.contains($0) }
    }

    /// The ways that no route has. What a spool kept may go them, of an older configuration.
    var otherWays: [Way] {
        let usual = Set(ways)
        let all = (routes.indices.map(Optional.some) + [nil]).flatMap { route in upstreams.indices.map { Way(route: route, upstream: $0) } }
        return all.filter { !usual.contains($0) }
    }

    /// Every upstream in both roles, possible or not.
    var allLegs: [Leg] { upstreams.indices.flatMap { upstream in Role.allCases.map { Leg(upstream: upstream, role: $0) } } }

    /// The label `route`; empty where no route matched.
    func name(of route: RouteID?) -> String {
        guard let route, routes.indices.contains(route.index) else { return "" }
        return routes[route.index]
    }

    func name(of upstream: UpstreamID) -> String {
        upstreams.indices.contains(upstream.index) ? upstreams[upstream.index] : ""
    }
}
