package import Exchange

/// The request target for an upstream: the base URL's path, then the application's target, byte for byte. The base URL stands
/// for everything below it, so that `/` below `/v2` is `/v2/`. `*` of `OPTIONS *` asks about a server as a whole and stays
/// `*` whatever the base URL's path (RFC 9112, 3.2.4).
package func target(of request: RequestHead, at base: BaseURL) -> String {
    if base.pathPrefix.isEmpty || request.target == "*" { return request.target }
    return base.pathPrefix + request.target
}
