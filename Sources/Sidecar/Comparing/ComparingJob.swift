internal import Exchange
internal import NIOCore
internal import Policy
internal import Telemetry

/// One comparison: made on the thread for it, told on the exchange's event loop.
///
/// `@unchecked Sendable`: the arrival's parts that belong to an event loop are used on it alone.
struct ComparingJob: @unchecked Sendable {
    /// Paths that a span's event names.
    static let pathsOfEvent = 5

    private let leg: LiveComparison.Leg
    private let route: ComparedRoute
    private let story: ExchangeStory
    private let works: Works
    private let context: LoopContext
    /// Of the mirror's attempt, whose span waits for this.
    private let record: AttemptRecord?
    /// Whether all of it but its span has been told.
    private let isCounted: Bool

    /// Holds up a shutdown until it has run or is withdrawn.
    init(leg: LiveComparison.Leg, route: ComparedRoute, arrival: Arrival, record: AttemptRecord?, isCounted: Bool) {
        self.leg = leg
        self.route = route
        story = arrival.story
        works = arrival.works
        context = arrival.context
        self.record = record
        self.isCounted = isCounted
        works.activity.enter()
    }

    func withdraw() { works.activity.leave() }

    func run(_ primary: WholeAnswer, _ other: WholeAnswer) {
        var agreement: Agreement?
        switch leg {
        case .mirror(let upstream): agreement = route.compare(primary, other, of: upstream, story)
        case .noise: route.learn(primary, other)
        }
        context.eventLoop.execute { [agreement] in self.tell(agreement) }
    }

    private func tell(_ agreement: Agreement?) {
        if let agreement, case .mirror(let upstream) = leg {
            context.recorder.compared(route: route.route, upstream: upstream, result: agreement.result)
        }
        if var record {
            if let agreement, agreement.result != .match { record = record.with(.disagreement(agreement, at: record.outcome.endedAt)) }
            if isCounted { context.recorder.spanEnded(record) } else { context.recorder.attemptEnded(record) }
        }
        works.activity.leave()
    }
}

extension SpanEvent {
    fileprivate static func disagreement(_ agreement: Agreement, at time: MonotonicTime) -> SpanEvent {
        let paths = agreement.differences.prefix(ComparingJob.pathsOfEvent).map(\.path)
        return SpanEvent(
            "pantograph.disagreement", at: time,
            [
                ("pantograph.agreement.result", .string(agreement.result.rawValue)),
                ("pantograph.agreement.paths", .string(paths.joined(separator: " "))),
            ])
    }
}
