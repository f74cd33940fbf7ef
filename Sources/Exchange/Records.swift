/// What Telemetry is told when an exchange is over: the SERVER span and the exchange's metrics are made of it. An object, since
/// it travels from hand to hand and through queues.
package final class ExchangeRecord: Sendable {
    package let story: ExchangeStory
    package let endedAt: MonotonicTime
    /// The status that the application got; nil where it went away before one was sent.
    package let status: Int?
    /// Why the exchange failed, where it was pantograph that answered or the answer broke off.
    package let errorClass: ErrorClass?
    package let requestBodyBytes: Int
    package let responseBodyBytes: Int
    package let events: [SpanEvent]
    /// Whose deliveries have not ended yet, in memory or in the spool; empty where nobody asks (`Recorder.followsDeliveries`).
    package let pending: [UpstreamID]

    package init(
        story: ExchangeStory, endedAt: MonotonicTime, status: Int?, errorClass: ErrorClass?, requestBodyBytes: Int,
        responseBodyBytes: Int, events: [SpanEvent], pending: [UpstreamID] = []
    ) {
        self.story = story
        self.endedAt = endedAt
        self.status = status
        self.errorClass = errorClass
        self.requestBodyBytes = requestBodyBytes
        self.responseBodyBytes = responseBodyBytes
        self.events = events
        self.pending = pending
    }
}

/// What is known of an exchange from its first line on, shared by the records of all its attempts.
package final class ExchangeStory: Sendable {
    package let id: ExchangeID
    /// nil where no route matched or the request could not be read.
    package let route: RouteID?
    package let method: String
    package let target: String
    /// What the application's own fields say; nil too where no span will tell of it.
    package let host: String?
    package let userAgent: String?
    package let clientAddress: String?
    package let minorVersion: Int
    package let startedAt: Moment
    /// The SERVER span.
    package let trace: TraceContext
    /// Here, so that the trace is not copied for it.
    package var isSampled: Bool { trace.isSampled }
    /// The application's span, where it sent one.
    package let parentSpanID: SpanID?

    /// - Parameters:
    ///   - host: what the request's own field says; nil too where no span may tell of it.
    ///   - userAgent: the same.
    package init(
        id: ExchangeID, route: RouteID?, request: borrowing RequestHead, startedAt: Moment, trace: TraceContext, parentSpanID: SpanID?,
        host: String?, userAgent: String?
    ) {
        self.id = id
        self.route = route
        self.method = request.method
        self.target = request.target
        self.host = host
        self.userAgent = userAgent
        self.clientAddress = request.clientAddress
        self.minorVersion = request.minorVersion
        self.startedAt = startedAt
        self.trace = trace
        self.parentSpanID = parentSpanID
    }

    /// The same with what the request's fields say.
    package convenience init(
        id: ExchangeID, route: RouteID?, request: borrowing RequestHead, startedAt: Moment, trace: TraceContext, parentSpanID: SpanID?
    ) {
        self.init(
            id: id, route: route, request: request, startedAt: startedAt, trace: trace, parentSpanID: parentSpanID,
            host: request.headers.first("host"), userAgent: request.headers.first("user-agent"))
    }

    /// The story as far as the spool knows it, taken up again at `moment`.
    ///
    /// - Parameters:
    ///   - route: nil where the configuration no longer has it.
    ///   - trace: of the run: what its spans share with the SERVER span, or with a replay's root.
    package convenience init(_ exchange: SpooledExchange, route: RouteID?, takenUpAt moment: Moment, trace: TraceContext) {
        let request = RequestHead(
            method: exchange.method, target: exchange.target, headers: exchange.headers, bodyLength: .none,
            minorVersion: exchange.minorVersion)
        self.init(id: exchange.id, route: route, request: request, startedAt: moment, trace: trace, parentSpanID: nil)
    }
}

/// What Telemetry is told when an attempt is over: the CLIENT span and the upstream's metrics are made of it. An object,
/// as `ExchangeRecord` is.
package final class AttemptRecord: Sendable {
    package let story: ExchangeStory
    package let upstream: UpstreamID
    package let role: Role
    /// The CLIENT span, a child of the story's.
    package let spanID: SpanID
    /// The target as it went to the upstream, the base URL's own path included.
    package let target: String
    /// The span above it where that is not the story's own: the delivery's.
    package let parentSpanID: SpanID?
    /// 0 for the first attempt, 1 for the first retry.
    package let resendCount: Int
    package let outcome: AttemptOutcome
    /// Where this attempt settled the delivery.
    package let deliveryResult: DeliveryResult?
    package let events: [SpanEvent]

    package init(
        story: ExchangeStory, upstream: UpstreamID, role: Role, spanID: SpanID, target: String, resendCount: Int,
        outcome: AttemptOutcome, deliveryResult: DeliveryResult?, events: [SpanEvent] = [], parentSpanID: SpanID? = nil
    ) {
        self.story = story
        self.upstream = upstream
        self.role = role
        self.spanID = spanID
        self.target = target
        self.resendCount = resendCount
        self.outcome = outcome
        self.deliveryResult = deliveryResult
        self.events = events
        self.parentSpanID = parentSpanID
    }

    /// The same with one more event.
    package func with(_ event: SpanEvent) -> AttemptRecord {
        AttemptRecord(
            story: story, upstream: upstream, role: role, spanID: spanID, target: target, resendCount: resendCount, outcome: outcome,
            deliveryResult: deliveryResult, events: events + [event], parentSpanID: parentSpanID)
    }
}

/// What Telemetry is told when a spooled delivery has settled: its INTERNAL span and the delivery's metrics are made of it.
package struct DeliveryRecord: Sendable {
    /// Made anew where the process is another one: its `startedAt` is when this process took the delivery up.
    package var story: ExchangeStory
    package var upstream: UpstreamID
    package var role: Role
    package var result: DeliveryResult
    /// Of a skipped one.
    package var reason: SkipReason?
    /// Of a dead one.
    package var errorClass: ErrorClass?
    package var attempts: Int
    /// The INTERNAL span.
    package var span: TraceContext
    /// The SERVER span; nil where the run began with a replay, whose span is a root that links to the first.
    package var parentSpanID: SpanID?
    package var link: TraceContext?
    /// Acceptance or replay.
    package var startedAt: WallTime
    package var endedAt: WallTime
    package var events: [SpanEvent]
    /// It made good another exchange's partial failure.
    package var isCompensation: Bool

    package init(
        story: ExchangeStory, upstream: UpstreamID, role: Role, result: DeliveryResult, reason: SkipReason?, errorClass: ErrorClass?,
        attempts: Int, span: TraceContext, parentSpanID: SpanID?, link: TraceContext?, startedAt: WallTime, endedAt: WallTime,
        events: [SpanEvent], isCompensation: Bool = false
    ) {
        self.story = story
        self.upstream = upstream
        self.role = role
        self.result = result
        self.reason = reason
        self.errorClass = errorClass
        self.attempts = attempts
        self.span = span
        self.parentSpanID = parentSpanID
        self.link = link
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.events = events
        self.isCompensation = isCompensation
    }
}

/// Something that happened within a span.
package struct SpanEvent: Sendable {
    package var name: String
    package var at: MonotonicTime
    package var attributes: [(key: String, value: SpanValue)]

    package init(_ name: String, at: MonotonicTime, _ attributes: [(key: String, value: SpanValue)] = []) {
        self.name = name
        self.at = at
        self.attributes = attributes
    }
}

/// An attribute's value, of the kinds that spans here use.
package enum SpanValue: Sendable, Hashable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
}
