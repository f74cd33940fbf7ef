internal import Exchange
internal import Ingress
internal import NIOCore
internal import Policy

/// A request as it has come in: what every kind of exchange begins with.
struct Arrival {
    let request: RequestHead
    let story: ExchangeStory
    /// nil where no route matches.
    let course: Course?
    let baggage: String?
    let answering: any Answering
    let works: Works
    let context: LoopContext

    init(_ request: RequestHead, at moment: Moment, answering: any Answering, works: Works, context: LoopContext) {
        let begun = works.propagation.begin(request.headers, using: &context.random)
        let route = works.router.route(method: request.method, path: request.path)
        let hasSpan = context.recorder.writesSpans(of: begun.trace)
        self.request = request
        self.course = route.map { works.courses[$0.index] }
        self.story = ExchangeStory(
            id: ExchangeID(at: moment.wall, using: &context.random), route: route, request: request, startedAt: moment,
            trace: begun.trace, parentSpanID: begun.parentSpanID,
            host: hasSpan ? request.headers.first(literal: "host", &context.hosts) : nil,
            userAgent: hasSpan ? request.headers.first(literal: "user-agent", &context.userAgents) : nil)
        self.baggage = begun.baggage
        self.answering = answering
        self.works = works
        self.context = context
    }

    var route: RouteSettings? { course?.route }

    /// Why nothing of a request may reach an upstream.
    enum Objection { case loop, lastForward, noRoute }

    var objection: Objection? {
        if works.via.hasPassed(request.headers) { return .loop }
        if MaxForwards.isReached(by: request) { return .lastForward }
        return story.route == nil ? .noRoute : nil
    }

    func problem(_ objection: Objection) -> Problem {
        switch objection {
        case .loop: .loop
        case .lastForward: .lastForward(request)
        case .noRoute: .noRoute(request)
        }
    }

    /// The exchange as the spool is to keep it for these upstreams.
    func spooled(for upstreams: [UpstreamID], body: ByteBuffer?, idempotencyKey: String?) -> SpooledExchange {
        let inherits = upstreams.contains { works.roads[$0.index].settings.inheritCredentials }
        return SpooledExchange(
            id: story.id, route: route?.name ?? "", receivedAt: story.startedAt.wall, method: request.method, target: request.target,
            headers: inherits ? request.headers : OutgoingHeaders.withoutCredentials(request.headers), minorVersion: request.minorVersion,
            body: body, trace: story.trace, baggage: baggage, idempotencyKey: idempotencyKey,
            orderKey: route?.orderBy.flatMap { request.headers.first($0) })
    }
}

/// Something that goes on until its answer has ended and all it has to see to is done.
protocol Ongoing: AnyObject {
    /// Among what goes on on its event loop: written and read by `LoopContext`.
    var place: Int { get set }
    /// `drain` has passed: nothing goes on, everything is counted.
    func shutDown()
}
