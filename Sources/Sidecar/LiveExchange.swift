internal import Delivery
internal import Exchange
internal import Ingress
internal import NIOCore
internal import Policy
internal import Telemetry
internal import Upstream

/// One request of the application and what becomes of it: the page on which its way is read.
///
/// Lives on its connection's event loop alone. It is over when its answer has ended and every delivery has settled.
final class LiveExchange: ExchangeReceiving, Ongoing {
    private(set) var body: RequestBody?

    let arrival: Arrival
    var place = 0
    private var keptBody = KeptBody()
    private var durable: DurableMirrors?
    /// The answers that are to be compared; nil where this exchange's are not.
    private(set) var comparison: LiveComparison?
    private var toPrimary: LiveDelivery?
    private var toMirrors: [LiveDelivery] = []
    /// Deliveries that go on.
    private var unsettled = 0
    private var answer = AnswerState.awaited
    private var responseBodyBytes = 0
    /// Bytes passed on while the application was too slow: given back to the upstream's window once it has caught up.
    private var unconsumed = 0
    private var events: [SpanEvent] = []
    private var isOver = false

    private enum AnswerState: Equatable {
        case awaited
        /// The final head has gone out.
        case begun(status: Int)
        case ended
    }

    init(_ arrival: Arrival) {
        self.arrival = arrival
    }

    var story: ExchangeStory { arrival.story }
    var baggage: String? { arrival.baggage }
    var context: LoopContext { arrival.context }
    var works: Works { arrival.works }
    private var answering: any Answering { arrival.answering }
    private var primary: Road? { arrival.course?.primary }

    // MARK: The way of a request

    func begin() {
        context.enter(self)
        if let objection = arrival.objection { return end(with: arrival.problem(objection)) }
        guard let course = arrival.course, let primary = course.primary else { return end(with: .noRoute(arrival.request)) }

        let mirrors = course.mirrors
        let mirrorsRefused = takeBody(mirrors: !mirrors.isEmpty, primaryRetries: primary.settings.retry != nil)
        if !mirrors.isEmpty { comparison = works.comparisons?.begin(arrival) }
        unsettled = 1 + mirrors.count
        toPrimary = LiveDelivery(self, primary, .primary)
        toMirrors = mirrors.map { LiveDelivery(self, $0, .mirror) }
        if course.route.durable { keepDurably(for: course.route) }
        for mirror in toMirrors {
            if let reason = mirrorsRefused ?? works.admitMirror(calls: 1) {
                mirror.skip(reason)
            } else {
                mirror.isAdmitted = true
            }
        }
        // A body that has come with its head goes on with it, in one piece.
        guard body == nil else { return }
        startPrimary()
        startMirrors()
    }

    private func keepDurably(for route: RouteSettings) {
        guard let durable = works.durable, !route.mirrors.isEmpty else { return }
        self.durable = DurableMirrors(arrival, route, durable)
    }

    /// Makes the body that the upstreams share, and takes room for what mirrors and retries need of it.
    private func takeBody(mirrors: Bool, primaryRetries: Bool) -> SkipReason? {
        if case .none = arrival.request.bodyLength { return nil }
        let refused = mirrors || primaryRetries ? keptBody.open(arrival.request.bodyLength, works) : nil
        body = RequestBody(keep: keptBody.isOpen ? works.limits.mirrorBody : 0)
        return refused
    }

    private func startPrimary() { toPrimary?.start() }

    private func startMirrors() {
        for mirror in toMirrors { mirror.start() }
        if let comparison, let primary { comparison.probe(primary) }
        durable?.keep()
    }

    func received(body bytes: ByteBuffer) {
        guard let body else { return }
        durable?.received(bytes)
        if keptBody.isOpen, let reason = keptBody.take(bytes.readableBytes, works) {
            body.stopKeeping()
            for mirror in toMirrors { mirror.skip(reason) }
        }
        guard !body.append(bytes) else { return }
        answering.pauseBody()
        let (loop, answering) = (context.eventLoop, NIOLoopBound(answering, eventLoop: context.eventLoop))
        body.whenSpace { loop.execute { answering.value.resumeBody() } }
        startPrimary()
    }

    func bodyStalls() { startPrimary() }

    func bodyEnded() {
        guard let body else { return }
        body.finish()
        startPrimary()
        startMirrors()
    }

    // MARK: The primary's answer

    /// What is told of the primary's answer from here to `releaseAnswer` comes at one time, and leaves at its end: an answer that is whole
    /// has been counted when the application has it.
    func holdAnswer() { answering.hold() }
    func releaseAnswer() { answering.release() }

    func primaryAnswers(with head: AnswerHead) {
        guard answer == .awaited, let primary else { return }
        if !head.isInterim { answer = .begun(status: head.status) }
        comparison?.primaryAnswers(with: head)
        answering.write(head: primary.answer(head, to: arrival.request.method))
    }

    func primaryAnswers(with body: ByteBuffer, of attempt: Attempt) {
        guard case .begun = answer else { return attempt.consumed(body.readableBytes) }
        responseBodyBytes += body.readableBytes
        comparison?.primaryAnswers(with: body)
        answering.write(body: body, written: nil)
        if answering.isWritable {
            attempt.consumed(body.readableBytes)
        } else {
            unconsumed += body.readableBytes
        }
    }

    func writabilityChanged() {
        guard answering.isWritable, unconsumed > 0 else { return }
        toPrimary?.consumed(unconsumed)
        unconsumed = 0
    }

    func primaryEnded(with record: AttemptRecord) {
        comparison?.primaryEnded(with: record.outcome)
        switch answer {
        case .awaited:
            guard let primary else { return }
            end(with: .upstream(primary.settings.name, record.outcome))
        case .begun(let status):
            let brokeOff = record.outcome.errorClass.flatMap { $0.isOfStatus ? nil : $0 }
            if brokeOff == nil { answering.end() } else { answering.abort() }
            ended(status: status, errorClass: brokeOff)
        case .ended:
            break
        }
    }

    /// Answers with pantograph's own word.
    func end(with problem: Problem) {
        let (head, body) = problem.of(story).answer()
        answering.write(head: head)
        answering.write(body: body, written: nil)
        answering.end()
        responseBodyBytes = body.readableBytes
        ended(status: problem.status, errorClass: problem.errorClass)
    }

    private func ended(status: Int?, errorClass: ErrorClass?) {
        answer = .ended
        context.recorder.exchangeEnded(
            ExchangeRecord(
                story: story, endedAt: .now(), status: status, errorClass: errorClass, requestBodyBytes: body?.received ?? 0,
                responseBodyBytes: responseBodyBytes, events: events,
                pending: context.recorder.followsDeliveries(of: story) ? pending : []))
        leaveIfOver()
    }

    private var pending: [UpstreamID] { deliveries.filter { !$0.isSettled }.map(\.road.upstream) + (durable?.upstreams ?? []) }

    private var deliveries: [LiveDelivery] { (toPrimary.map { [$0] } ?? []) + toMirrors }

    // MARK: Endings

    func refused(_ problem: Problem) -> Problem {
        if answer != .ended { ended(status: problem.status, errorClass: problem.errorClass) }
        cancel(mirrorsGoOn: false)
        return problem.of(story)
    }

    func applicationGone(_ reason: String) {
        switch answer {
        case .awaited: ended(status: nil, errorClass: .cancelled)
        case .begun(let status): ended(status: status, errorClass: .cancelled)
        case .ended: break
        }
        cancel(mirrorsGoOn: arrival.course?.route.mirrorWhenCancelled ?? false)
    }

    /// The primary's answer has nobody left to go to; a mirror can go on, but only with the whole body.
    private func cancel(mirrorsGoOn: Bool) {
        let isWhole = body?.isComplete ?? true
        if !isWhole { body?.abort() }
        for delivery in deliveries where delivery.isPrimary || !mirrorsGoOn || !isWhole { delivery.cancel(.cancelled) }
        if !mirrorsGoOn || !isWhole { durable?.skip(.cancelled) }
    }

    /// `drain` has passed: nothing goes on, everything is counted.
    func shutDown() {
        if answer != .ended {
            if case .begun(let status) = answer {
                answering.abort()
                ended(status: status, errorClass: .cancelled)
            } else {
                end(with: .shuttingDown)
            }
        }
        for delivery in deliveries { delivery.cancel(.shutdown) }
        durable?.skip(.shutdown)
    }

    func skipped(_ delivery: LiveDelivery, _ reason: SkipReason) {
        events.append(.skipped(delivery.road.settings.name, reason))
    }

    func settled(_ delivery: LiveDelivery) {
        unsettled -= 1
        if delivery.isAdmitted { works.releaseMirror(calls: 1) }
        if delivery.isPrimary { body?.primaryIsDone() }
        leaveIfOver()
    }

    private func leaveIfOver() {
        guard unsettled == 0, !isOver, answer == .ended else { return }
        isOver = true
        // Each delivery holds its exchange until here, since Upstream calls deliveries alone.
        toPrimary = nil
        toMirrors = []
        comparison = nil
        keptBody.close(works)
        context.leave(self)
    }
}

extension SpanEvent {
    static func skipped(_ upstream: String, _ reason: SkipReason) -> SpanEvent {
        SpanEvent(
            "pantograph.delivery.skipped", at: .now(),
            [("pantograph.upstream", .string(upstream)), ("pantograph.skip.reason", .string(reason.rawValue))])
    }
}
