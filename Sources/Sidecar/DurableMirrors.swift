internal import Delivery
internal import Exchange
internal import NIOCore
internal import Spool
internal import Telemetry

/// The mirrors of a primary's exchange that go through the spool (`durable: true`): gathers the body beside the primary, and
/// hands the exchange over when it has come whole. Never holds the primary up.
///
/// `@unchecked Sendable`: the spool holds it until it has answered, and comes back to the exchange's event loop.
final class DurableMirrors: @unchecked Sendable {
    private let arrival: Arrival
    private let durable: Durable
    let upstreams: [UpstreamID]
    private var body: GatheredBody
    /// Handed over, or skipped.
    private var isDone = false

    init(_ arrival: Arrival, _ route: RouteSettings, _ durable: Durable) {
        self.arrival = arrival
        self.durable = durable
        upstreams = route.mirrors
        body = GatheredBody(durable)
        if let refusal = body.open(arrival.request.bodyLength) { skip(refusal.reason) }
    }

    func received(_ bytes: ByteBuffer) {
        guard !isDone, let refusal = body.append(bytes) else { return }
        skip(refusal.reason)
    }

    /// The request has come whole.
    func keep() {
        guard !isDone else { return }
        isDone = true
        arrival.works.activity.enter()
        let names = upstreams.map { arrival.works.roads[$0.index].settings.name }
        durable.spool.accept(arrival.spooled(for: upstreams, body: body.bytes, idempotencyKey: nil), for: names) { acceptance in
            self.arrival.context.eventLoop.execute { self.answered(acceptance) }
        }
    }

    private func answered(_ acceptance: Acceptance) {
        body.close()
        switch acceptance {
        case .kept(let deliveries): durable.deliveries.take(deliveries)
        case .full, .failed, .repeated, .conflicting: count(.spoolFull)
        }
        arrival.works.activity.leave()
    }

    /// The mirrors get nothing; nothing happens where they have been handed over.
    func skip(_ reason: SkipReason) {
        guard !isDone else { return }
        isDone = true
        body.close()
        count(reason)
    }

    private func count(_ reason: SkipReason) {
        let (story, recorder) = (arrival.story, arrival.context.recorder)
        for upstream in upstreams {
            recorder.deliveryEnded(
                DeliveryRecord(
                    story: story, upstream: upstream, role: .mirror, result: .skipped, reason: reason, errorClass: nil, attempts: 0,
                    span: story.trace.child(using: &arrival.context.random), parentSpanID: story.trace.spanID, link: nil,
                    startedAt: story.startedAt.wall, endedAt: .now(), events: []))
        }
    }
}

extension GatheredBody.Refusal {
    fileprivate var reason: SkipReason { self == .tooLarge ? .bodyTooLarge : .spoolFull }
}
