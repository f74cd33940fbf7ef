internal import Delivery
internal import Exchange

/// A route with the roads that its exchanges take, looked up once.
final class Course: Sendable {
    let route: RouteSettings
    /// nil where no upstream's answer is waited for.
    let primary: Road?
    /// Of mirrors in memory: none where they go through the spool.
    let mirrors: [Road]

    /// - Parameter roads: by `UpstreamID.index`.
    init(_ route: RouteSettings, _ roads: [Road]) {
        self.route = route
        primary = route.primary.map { roads[$0.index] }
        mirrors = route.durable ? [] : route.mirrors.map { roads[$0.index] }
    }
}
