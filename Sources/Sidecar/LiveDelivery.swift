internal import Delivery
internal import Exchange
internal import NIOCore
internal import Policy
internal import Telemetry
internal import Upstream

/// One exchange on its way to one upstream, in memory: attempts, one after the other, until it settles.
///
/// `@unchecked Sendable`: Upstream holds it while an attempt runs, but calls it on the exchange's event loop alone.
final class LiveDelivery: AttemptSink, @unchecked Sendable {
    let road: Road
    let role: Role
    /// Whether it has taken a place among `limits.mirror.calls`.
    var isAdmitted = false

    private let exchange: LiveExchange
    private let token: DeliveryToken
    private var state = State.unsent
    private var attempts = 0
    private var firstStartedAt: MonotonicTime
    private var retryDelay: Duration?
    /// Of the running attempt.
    private var pass: Gate.Pass?
    /// Of the attempt before the running one.
    private var last: AttemptRecord?
    /// Why it was cancelled, where it was.
    private var cancelled: SkipReason?
    /// Of the running attempt, or of the last one.
    private var spanID: SpanID
    /// The answer's head has been passed on to the application: from here on there is no other attempt.
    private var hasAnswered = false

    private enum State {
        /// A mirror waits for the body to come whole; nothing has gone out.
        case unsent
        case running(Attempt)
        case pausing(Scheduled<Void>)
        case settled
    }

    init(_ exchange: LiveExchange, _ road: Road, _ role: Role) {
        let startedAt = exchange.story.startedAt.monotonic
        spanID = exchange.story.trace.spanID
        firstStartedAt = startedAt
        token = exchange.context.recorder.deliveryOpened(upstream: road.upstream, at: startedAt)
        self.role = role
        // Kept as they came, since nothing uses them after this: used before, they would be counted once more.
        self.exchange = exchange
        self.road = road
    }

    var isPrimary: Bool {
        if case .primary = role { true } else { false }
    }

    var isSettled: Bool {
        if case .settled = state { true } else { false }
    }

    // MARK: Going out

    /// Sends the first attempt; nothing where the delivery has settled before.
    func start() {
        guard case .unsent = state else { return }
        send(orElse: refused)
    }

    /// Why our own limits keep an attempt off the wire.
    private enum Stop {
        case gate(Gate.Refusal, until: MonotonicTime)
        /// As many calls as `limit.in_flight` allows are running.
        case inFlight

        var reason: SkipReason {
            switch self {
            case .gate(.breakerOpen, _): .breakerOpen
            case .gate(.paused, _): .paused
            case .gate(.rateLimited, _), .inFlight: .rateLimited
            }
        }
    }

    private func send(orElse refused: (Stop) -> Void) {
        let pass: Gate.Pass
        switch road.gate.enter(from: isPrimary ? .primary : .mirror) {
        case .refused(let refusal, let until): return refused(.gate(refusal, until: until))
        case .go(let granted): pass = granted
        }
        let request = exchange.arrival.request
        let attempt = AttemptRequest(
            upstream: road.upstream, method: request.method, target: road.target(of: request), headers: headers(for: request),
            body: exchange.body, bodyLength: bodyLength(of: request), readsAsPrimary: isPrimary,
            wantsAnswer: isPrimary || exchange.comparison != nil, isUrgent: isPrimary)
        guard let running = exchange.works.upstreams.start(consume attempt, sink: self, on: exchange.context.eventLoop) else {
            road.gate.withdrawn(pass)
            return refused(.inFlight)
        }
        self.pass = pass
        attempts += 1
        if attempts == 1 { firstStartedAt = running.startedAt }
        state = .running(running)
    }

    /// Those of the request as they go to the upstream, with a span of its own for the attempt.
    private func headers(for request: RequestHead) -> Headers {
        spanID = SpanID(using: &exchange.context.random)
        var trace: TraceContext?
        if exchange.works.propagatesTraces {
            trace = exchange.story.trace
            trace?.spanID = spanID
        }
        return road.headers(for: request, role: role, trace: trace, baggage: exchange.baggage, idempotencyKey: madeKey)
    }

    /// A mirror goes out when the body is complete, so that its length is known.
    private func bodyLength(of request: RequestHead) -> BodyLength {
        guard !isPrimary, let body = exchange.body else { return request.bodyLength }
        return .sized(body.received)
    }

    private func refused(_ stop: Stop) {
        skip(stop.reason)
        guard isPrimary else { return }
        switch stop {
        case .inFlight: exchange.end(with: .inFlight(road.settings))
        case .gate(let refusal, let until): exchange.end(with: .refused(refusal, road.settings, until: until))
        }
    }

    // MARK: Coming back

    func newsBegins() { if isPrimary { exchange.holdAnswer() } }
    func newsEnds() { if isPrimary { exchange.releaseAnswer() } }

    func attempt(_ attempt: Attempt, received head: AnswerHead) {
        guard case .running = state else { return }
        guard isPrimary else { return exchange.comparison?.answers(leg, with: head) ?? () }
        if head.isInterim { return exchange.primaryAnswers(with: head) }
        // An answer that calls for another attempt is not passed on: it is read to its end, and then the call is tried again.
        retryDelay = delay(after: head)
        guard retryDelay == nil else { return }
        hasAnswered = true
        exchange.primaryAnswers(with: head)
    }

    func attempt(_ attempt: Attempt, received body: ByteBuffer) {
        if !isPrimary { exchange.comparison?.answers(leg, with: body) }
        guard hasAnswered else { return attempt.consumed(body.readableBytes) }
        exchange.primaryAnswers(with: body, of: attempt)
    }

    private var leg: LiveComparison.Leg { .mirror(road.upstream) }

    func consumed(_ bytes: Int) {
        if case .running(let attempt) = state { attempt.consumed(bytes) }
    }

    // The outcome is moved into its record, which is what all others are given.
    func attempt(_ attempt: Attempt, ended outcome: consuming AttemptOutcome) {
        guard case .running = state else { return }
        var turned: [SpanEvent] = []
        if let pass { turned = road.gate.left(pass, outcome) }
        pass = nil
        guard !outcome.awaitedConnection else { return neverSent(record(of: attempt, outcome, nil, turned)) }
        if !hasAnswered, let delay = retryDelay ?? delay(after: outcome) {
            retryDelay = nil
            let event = SpanEvent.retryScheduled(after: outcome, in: delay, attempt: attempts + 1)
            let record = record(of: attempt, outcome, nil, turned + [event])
            exchange.context.recorder.attemptEnded(record)
            exchange.context.recorder.retryScheduled(upstream: road.upstream, errorClass: record.outcome.errorClass ?? .protocol)
            last = record
            state = .pausing(pause(for: delay))
        } else {
            let result: DeliveryResult = outcome.errorClass == nil ? .delivered : .dead
            let record = record(of: attempt, outcome, result, turned)
            settle(with: record)
            if isPrimary { exchange.primaryEnded(with: record) }
        }
    }

    private func pause(for delay: Duration) -> Scheduled<Void> {
        exchange.context.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) { self.goOn() }
    }

    private func goOn() {
        guard case .pausing = state else { return }
        send { _ in giveUp() }
    }

    // MARK: Deciding

    private var key: IdempotencyKeys.Reading { road.key(in: exchange.arrival.request.headers) }

    /// A key made here, where the application sent none and the configuration says so.
    private var madeKey: String? {
        guard road.settings.idempotency.generate, key == .absent else { return nil }
        return IdempotencyKeys.make(for: exchange.story.id)
    }

    private var hasKey: Bool {
        switch key {
        case .key: true
        case .absent: road.settings.idempotency.generate
        case .malformed: false
        }
    }

    /// What a head says of another attempt is decided once, when it comes: afterwards it has been passed on or it has not.
    private func delay(after head: AnswerHead) -> Duration? {
        guard road.settings.retry != nil else { return nil }
        var outcome = AttemptOutcome(startedAt: .now())
        outcome.status = head.status
        outcome.errorClass = ErrorClass(status: head.status)
        outcome.retryAfter = head.headers.first("retry-after").flatMap { RetryAfter.duration($0, now: .now()) }
        return delay(after: outcome)
    }

    private func delay(after outcome: AttemptOutcome) -> Duration? {
        guard road.settings.retry != nil, exchange.body?.isWhole ?? true else { return nil }
        return road.retry.next(
            after: outcome, attempt: attempts, method: exchange.arrival.request.method, hasIdempotencyKey: hasKey,
            elapsed: .nanoseconds(Int64(clamping: MonotonicTime.now().nanoseconds(since: firstStartedAt))),
            using: &exchange.context.random)
    }

    // MARK: Endings

    /// Settles a delivery that was never sent.
    func skip(_ reason: SkipReason) {
        guard case .unsent = state else { return }
        exchange.skipped(self, reason)
        settle(.skipped, reason)
    }

    /// Ends the delivery wherever it is: skipped where nothing was sent, else by the outcome of its running attempt.
    func cancel(_ reason: SkipReason) {
        switch state {
        case .unsent: skip(reason)
        case .running(let attempt):
            cancelled = cancelled ?? reason
            attempt.cancel()
        case .pausing(let timer):
            timer.cancel()
            giveUp()
        case .settled: break
        }
    }

    /// Our own limit has kept this attempt off the wire, so it was none.
    private func neverSent(_ record: AttemptRecord) {
        attempts -= 1
        guard last == nil else { return giveUp() }
        state = .unsent
        skip(cancelled ?? .rateLimited)
        if isPrimary { exchange.primaryEnded(with: record) }
    }

    /// Settles by what came of the last attempt that was on the wire.
    private func giveUp() {
        settle(.dead, nil)
        if isPrimary, let last { exchange.primaryEnded(with: last) }
    }

    /// Settles by the attempt that has just ended.
    private func settle(with record: AttemptRecord) {
        if !isPrimary, let result = record.deliveryResult, exchange.comparison?.ended(road.upstream, record) ?? false {
            return settle(result, nil)
        }
        state = .settled
        exchange.context.recorder.attemptEnded(record, settling: token)
        exchange.settled(self)
    }

    private func settle(_ result: DeliveryResult, _ reason: SkipReason?) {
        guard let route = exchange.story.route else { return }
        state = .settled
        exchange.context.recorder.deliverySettled(
            token, route: route, role: role, result: result, reason: reason, at: .now(), story: exchange.story)
        exchange.settled(self)
    }

    private func record(
        of attempt: Attempt, _ outcome: consuming AttemptOutcome, _ result: DeliveryResult?, _ events: [SpanEvent]
    ) -> AttemptRecord {
        AttemptRecord(
            story: exchange.story, upstream: road.upstream, role: role, spanID: spanID, target: attempt.request.target,
            resendCount: attempts - 1, outcome: outcome, deliveryResult: result, events: events)
    }
}
