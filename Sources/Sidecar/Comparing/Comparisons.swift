internal import Exchange
internal import Policy

/// What comparing answers needs and no exchange changes; only where some route has `compare:`.
final class Comparisons: Sendable {
    /// Comparisons that may wait; beyond, answers are not compared.
    static let queueBound = 256

    let memory: AnswerMemory
    let thread: ComparingThread
    /// By `RouteID.index`; nil where the route compares nothing.
    let routes: [ComparedRoute?]

    /// nil where no route compares, or there is no thread to do it on.
    init?(_ settings: Settings, queueBound: Int = Comparisons.queueBound) {
        guard settings.routes.contains(where: { $0.compare != nil }) else { return nil }
        memory = AnswerMemory(bound: settings.limits.mirrorMemory)
        routes = settings.routes.enumerated().map { place, route in
            route.compare.map { ComparedRoute(RouteID(place), $0, settings.telemetry.redaction) }
        }
        thread = ComparingThread(bound: queueBound)
        guard thread.start() else { return nil }
    }

    /// What is to be compared of an exchange; nil for nothing.
    func begin(_ arrival: Arrival) -> LiveComparison? {
        guard let route = arrival.story.route.flatMap({ routes[$0.index] }), route.takes(using: &arrival.context.random) else { return nil }
        return LiveComparison(arrival, route, self)
    }
}
