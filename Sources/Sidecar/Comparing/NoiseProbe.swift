internal import Delivery
internal import Exchange
internal import NIOCore
internal import Policy
internal import Telemetry
internal import Upstream

/// A safe call that the primary gets once more beside its mirrors, so that it is known what differs by itself. It is no delivery:
/// nobody waits for its answer, and where there is no room for it, or the upstream asked to be left alone, it is not sent.
///
/// `@unchecked Sendable`: Upstream holds it while its attempt runs, but calls it on the exchange's event loop alone.
final class NoiseProbe: AttemptSink, Ongoing, @unchecked Sendable {
    private let arrival: Arrival
    private let road: Road
    private let comparison: LiveComparison
    private let span: TraceContext
    private var running: Attempt?
    private var pass: Gate.Pass?
    var place = 0

    init(_ arrival: Arrival, _ road: Road, _ comparison: LiveComparison) {
        self.arrival = arrival
        self.road = road
        self.comparison = comparison
        span = arrival.story.trace.child(using: &arrival.context.random)
    }

    func start() {
        let (works, context, request) = (arrival.works, arrival.context, arrival.request)
        guard works.admitMirror(calls: 1) == nil else { return }
        guard case .go(let pass) = road.gate.enter(from: .mirror) else { return works.releaseMirror(calls: 1) }
        let headers = road.headers(
            for: request, role: .primary, trace: works.propagatesTraces ? span : nil, baggage: arrival.baggage, idempotencyKey: nil)
        let attempt = AttemptRequest(
            upstream: road.upstream, method: request.method, target: road.target(of: request), headers: headers, body: nil,
            bodyLength: .none, readsAsPrimary: false, wantsAnswer: true)
        guard let running = works.upstreams.start(attempt, sink: self, on: context.eventLoop) else {
            road.gate.withdrawn(pass)
            return works.releaseMirror(calls: 1)
        }
        (self.running, self.pass) = (running, pass)
        context.enter(self)
    }

    func attempt(_ attempt: Attempt, received head: AnswerHead) { comparison.answers(.noise, with: head) }

    func attempt(_ attempt: Attempt, received body: ByteBuffer) {
        comparison.answers(.noise, with: body)
        attempt.consumed(body.readableBytes)
    }

    func attempt(_ attempt: Attempt, ended outcome: AttemptOutcome) {
        guard let pass else { return }
        self.pass = nil
        _ = road.gate.left(pass, outcome)
        comparison.ended(.noise, with: outcome)
        if !outcome.awaitedConnection { record(outcome, target: attempt.request.target) }
        arrival.works.releaseMirror(calls: 1)
        arrival.context.leave(self)
    }

    /// As a mirror's call: it is one more than the application made.
    private func record(_ outcome: AttemptOutcome, target: String) {
        arrival.context.recorder.attemptEnded(
            AttemptRecord(
                story: arrival.story, upstream: road.upstream, role: .mirror, spanID: span.spanID, target: target, resendCount: 0,
                outcome: outcome, deliveryResult: nil, events: [SpanEvent("pantograph.noise_probe", at: outcome.startedAt)]))
    }

    func shutDown() { running?.cancel() }
}
