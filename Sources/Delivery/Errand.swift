package import Exchange
internal import NIOCore
internal import Policy
internal import Spool
internal import Telemetry
internal import Upstream

/// One attempt of a spooled delivery, from its start to what it made of the delivery.
///
/// `@unchecked Sendable`: Upstream holds it while the attempt runs, but calls it on the lane's event loop alone.
final class Errand: AttemptSink, @unchecked Sendable {
    private(set) var delivery: SpooledDelivery
    private let pass: Gate.Pass
    private unowned let lane: Lane
    private let story: ExchangeStory
    private let span: TraceContext
    private var attempt: Attempt?
    private var excerpt = ByteBuffer()
    private var isCancelled = false
    private var target = ""

    init(_ delivery: SpooledDelivery, _ pass: Gate.Pass, lane: Lane) {
        var random = FastRandom()
        self.delivery = delivery
        self.pass = pass
        self.lane = lane
        story = ExchangeStory(
            delivery.exchange, route: lane.context.route(delivery.exchange.route), takenUpAt: .now(), trace: delivery.span)
        span = delivery.span.child(using: &random)
    }

    /// False where as many attempts as may are running at the upstream already.
    func start() -> Bool {
        let (exchange, road, context) = (delivery.exchange, lane.road, lane.context)
        let request = RequestHead(
            method: exchange.method, target: exchange.target, headers: exchange.headers, bodyLength: .none,
            minorVersion: exchange.minorVersion)
        target = road.target(of: request)
        let headers = road.headers(
            for: request, role: .mirror, trace: context.propagatesTraces ? span : nil, baggage: exchange.baggage,
            idempotencyKey: road.spooledKey(of: exchange, request))
        attempt = context.upstreams.start(
            AttemptRequest(
                upstream: road.upstream, method: exchange.method, target: target, headers: headers,
                body: exchange.body.map { RequestBody(whole: $0) }, bodyLength: exchange.body.map { .sized($0.readableBytes) } ?? .none,
                readsAsPrimary: false, wantsAnswer: true),
            sink: self, on: context.eventLoop)
        return attempt != nil
    }

    func cancel() {
        isCancelled = true
        attempt?.cancel()
    }

    // MARK: The answer

    func attempt(_ attempt: Attempt, received head: AnswerHead) {}

    func attempt(_ attempt: Attempt, received body: ByteBuffer) {
        var body = body
        let (count, room) = (body.readableBytes, AttemptEntry.answerLimit - excerpt.readableBytes)
        if room > 0, let part = body.readSlice(length: min(room, count)) { excerpt.writeImmutableBuffer(part) }
        attempt.consumed(count)
    }

    func attempt(_ attempt: Attempt, ended outcome: AttemptOutcome) {
        self.attempt = nil
        let events = lane.road.gate.left(pass, outcome)
        // Our own bound, or our own end, kept it from being an attempt, or from being one that tells something.
        guard !outcome.awaitedConnection, !(isCancelled && outcome.errorClass == .cancelled) else { return lane.returned(self) }
        delivery.attempts += 1
        if delivery.attempts == 1 { delivery.firstAttemptAt = wall(outcome.startedAt) }
        let next = decide(outcome)
        if case .retry(let at) = next { delivery.nextAttemptAt = at }
        record(outcome, next, events)
        lane.ended(self, with: settlement(outcome, next))
    }

    // MARK: Deciding

    private func decide(_ outcome: AttemptOutcome) -> Settlement.Next {
        let settings = lane.road.settings.retry ?? .spooled
        guard !RetrySchedule.isDelivered(outcome, on: settings.on) else { return .delivered }
        var random = FastRandom()
        let now = WallTime.now()
        let elapsed = now.nanosecondsSinceEpoch - min(now.nanosecondsSinceEpoch, (delivery.firstAttemptAt ?? now).nanosecondsSinceEpoch)
        let delay = lane.road.retry.next(
            afterSpooled: outcome, attempt: delivery.attempts, elapsed: .nanoseconds(Int64(clamping: elapsed)), using: &random)
        guard let delay else { return .dead(outcome.errorClass ?? .protocol) }
        return .retry(at: now.advanced(byNanoseconds: UInt64(max(0, delay.nanoseconds))))
    }

    private func settlement(_ outcome: AttemptOutcome, _ next: Settlement.Next) -> Settlement {
        let isKept = next != .delivered || lane.context.keepsAnswers(delivery.exchange.route)
        let entry = AttemptEntry(
            number: delivery.attempts, startedAt: wall(outcome.startedAt), endedAt: wall(outcome.endedAt), errorClass: outcome.errorClass,
            status: outcome.status, detail: outcome.detail, answer: excerpt.readableBytes > 0 ? excerpt : nil)
        return Settlement(
            delivery: delivery.id, attempts: delivery.attempts, firstAttemptAt: delivery.firstAttemptAt, attempt: isKept ? entry : nil,
            status: outcome.status, errorClass: outcome.errorClass, next: next, at: wall(outcome.endedAt))
    }

    private func wall(_ time: MonotonicTime) -> WallTime { story.startedAt.wall(at: time) }

    // MARK: Telling

    /// - Parameter turned: what the attempt turned at the gate.
    private func record(_ outcome: AttemptOutcome, _ next: Settlement.Next, _ turned: [SpanEvent]) {
        let recorder = lane.context.recorder
        var events = turned
        var result: DeliveryResult?
        switch next {
        case .delivered: result = .delivered
        case .dead: result = .dead
        case .skipped: result = .skipped
        case .retry(let at):
            let wait = at.nanosecondsSinceEpoch - min(at.nanosecondsSinceEpoch, wall(outcome.endedAt).nanosecondsSinceEpoch)
            events.append(
                .retryScheduled(after: outcome, in: .nanoseconds(Int64(clamping: wait)), attempt: delivery.attempts + 1))
            recorder.retryScheduled(upstream: lane.road.upstream, errorClass: outcome.errorClass ?? .protocol)
        }
        recorder.attemptEnded(
            AttemptRecord(
                story: story, upstream: lane.road.upstream, role: .mirror, spanID: span.spanID, target: target,
                resendCount: delivery.attempts - 1, outcome: outcome, deliveryResult: result, events: events,
                parentSpanID: delivery.span.spanID))
    }

    /// The delivery's end is committed: it counts from here on.
    func report(_ settled: Settled, _ settlement: Settlement) {
        guard let result = settled.state.flatMap({ DeliveryResult($0) }) else { return }
        let isReplay = delivery.firstSpan != nil
        lane.context.recorder.deliveryEnded(
            DeliveryRecord(
                story: story, upstream: lane.road.upstream, role: .mirror, result: result, reason: nil,
                errorClass: result == .dead ? settlement.errorClass ?? .protocol : nil, attempts: settlement.attempts, span: delivery.span,
                parentSpanID: isReplay ? nil : delivery.exchange.trace.spanID, link: delivery.firstSpan, startedAt: delivery.startedAt,
                endedAt: settlement.at, events: [], isCompensation: delivery.exchange.compensates != nil))
    }
}

extension DeliveryResult {
    /// nil for one that is pending.
    init?(_ state: DeliveryState) {
        switch state {
        case .pending: return nil
        case .delivered: self = .delivered
        case .dead: self = .dead
        case .skipped: self = .skipped
        case .compensated: self = .compensated
        }
    }
}

extension SpanEvent {
    /// Another attempt will be made.
    package static func retryScheduled(after outcome: AttemptOutcome, in delay: Duration, attempt: Int) -> SpanEvent {
        SpanEvent(
            "pantograph.retry.scheduled", at: outcome.endedAt,
            [
                ("pantograph.error.class", .string(outcome.label)), ("pantograph.retry.delay_s", .double(delay.seconds)),
                ("pantograph.retry.attempt", .int(attempt)),
            ])
    }
}
