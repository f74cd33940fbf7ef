internal import Exchange

/// What every span of a route says, written once.
final class RouteText: Sendable {
    /// The route's path, escaped.
    let path: [UInt8]
    /// `pantograph.route`.
    let attribute: [UInt8]
    /// `http.route` and `pantograph.route`.
    let serverAttributes: [UInt8]

    init(_ route: RouteSettings) {
        var path = JSONBytes()
        var attribute = JSONBytes()
        var serverAttributes = JSONBytes()
        path.escaped(route.path, limit: JSONBytes.longestText)
        attribute.attribute(.ownRoute, route.name)
        serverAttributes.attribute(.route, route.path)
        serverAttributes.attribute(.ownRoute, route.name)
        (self.path, self.attribute, self.serverAttributes) = (path.array, attribute.array, serverAttributes.array)
    }
}

/// What every span of an upstream says, written once.
final class UpstreamText: Sendable {
    /// `server.address`, `server.port`, `pantograph.upstream`, and `url.full` as far as it is the same for every call: scheme and
    /// authority. The rest of it and `closeAttribute` are to follow.
    let attributesToOrigin: [UInt8]
    /// `pantograph.upstream`.
    let attribute: [UInt8]
    /// The upstream's name, escaped.
    let name: [UInt8]

    init(_ upstream: UpstreamSettings) {
        var attributes = JSONBytes()
        var attribute = JSONBytes()
        var name = JSONBytes()
        attributes.attribute(.serverAddress, upstream.url.host)
        attributes.attribute(.serverPort, upstream.url.port)
        attributes.attribute(.upstream, upstream.name)
        attribute.attribute(.upstream, upstream.name)
        name.escaped(upstream.name, limit: JSONBytes.longestText)
        attributes.open(.url)
        attributes.escaped(Redaction.userInformation(upstream.url.origin), limit: JSONBytes.longestText)
        (self.attributesToOrigin, self.attribute, self.name) = (attributes.array, attribute.array, name.array)
    }
}
