internal import Exchange

/// What every span of a route says, written once.
struct RouteText: Sendable {
    /// The route's path, escaped.
    let path: [UInt8]
    /// `pantograph.route`.
    let attribute: [UInt8]
    /// `http.route`.
    let httpRoute: [UInt8]

    init(_ route: RouteSettings) {
        var path = JSONBytes()
        var attribute = JSONBytes()
        var httpRoute = JSONBytes()
        path.escaped(route.path, limit: JSONBytes.longestText)
        attribute.attribute(.ownRoute, route.name)
        httpRoute.attribute(.route, route.path)
        (self.path, self.attribute, self.httpRoute) = (path.array, attribute.array, httpRoute.array)
    }
}

/// What every span of an upstream says, written once.
struct UpstreamText: Sendable {
    /// `server.address`, `server.port` and `pantograph.upstream`.
    let attributes: [UInt8]
    /// `pantograph.upstream`.
    let attribute: [UInt8]
    /// The upstream's name, escaped.
    let name: [UInt8]
    /// What `url.full` begins with, escaped: scheme and authority.
    let origin: [UInt8]

    init(_ upstream: UpstreamSettings) {
        var attributes = JSONBytes()
        var attribute = JSONBytes()
        var name = JSONBytes()
        var origin = JSONBytes()
        attributes.attribute(.serverAddress, upstream.url.host)
        attributes.attribute(.serverPort, upstream.url.port)
        attributes.attribute(.upstream, upstream.name)
        attribute.attribute(.upstream, upstream.name)
        name.escaped(upstream.name, limit: JSONBytes.longestText)
        origin.escaped(Redaction.userInformation(upstream.url.origin), limit: JSONBytes.longestText)
        (self.attributes, self.attribute, self.name, self.origin) = (attributes.array, attribute.array, name.array, origin.array)
    }
}
