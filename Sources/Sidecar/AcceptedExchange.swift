internal import Delivery
internal import Exchange
internal import Ingress
internal import NIOCore
internal import Policy
internal import Spool
internal import Telemetry

/// A request that is answered with 202 once it is safe in the spool, and carried to every upstream of its route from there.
///
/// Lives on its connection's event loop alone. `@unchecked Sendable`: the spool holds it until it has answered, and comes back
/// to that loop.
final class AcceptedExchange: ExchangeReceiving, Ongoing, @unchecked Sendable {
    private let arrival: Arrival
    private let route: RouteSettings
    private let routeID: RouteID
    private let durable: Durable
    private let preference: Preference
    private var body: GatheredBody
    private var received = 0
    private var key: String?
    private var state = State.receiving
    private var waiting: Scheduled<Void>?
    private var responseBodyBytes = 0
    var place = 0

    private enum State: Equatable {
        case receiving
        /// The spool has it, and has not answered.
        case handedOver
        /// It is kept; `Prefer: wait` holds the answer back.
        case waiting
        case ended
    }

    /// nil where the exchange is not to be accepted in this way.
    init?(_ arrival: Arrival, _ durable: Durable) {
        guard let route = arrival.route, let id = arrival.story.route, arrival.objection == nil else { return nil }
        let preference = Preference(arrival.request.headers)
        guard route.primary == nil || preference.respondAsync else { return nil }
        self.arrival = arrival
        self.route = route
        self.routeID = id
        self.durable = durable
        self.preference = preference
        self.body = GatheredBody(durable)
    }

    private var works: Works { arrival.works }
    private var story: ExchangeStory { arrival.story }
    private var eventLoop: any EventLoop { arrival.context.eventLoop }
    private var targets: [UpstreamID] { route.upstreams }

    // MARK: The way of a request

    func begin() {
        arrival.context.enter(self)
        if let problem = takeKey() ?? body.open(arrival.request.bodyLength).map(problem) { return end(with: problem) }
        if case .none = arrival.request.bodyLength { handOver() }
    }

    /// The application's key (Idempotency-Key draft), whose exchange must not be on its way already.
    private func takeKey() -> Problem? {
        switch IdempotencyKeys.read(arrival.request.headers, field: route.idempotencyHeader) {
        case .absent: return route.requiresIdempotencyKey ? .keyMissing(route) : nil
        case .malformed: return .keyMalformed(route)
        case .key(let text):
            guard durable.enter(text, of: routeID) else { return .keyInUse(route) }
            key = text
            return nil
        }
    }

    func received(body bytes: ByteBuffer) {
        received += bytes.readableBytes
        guard state == .receiving, let refusal = body.append(bytes) else { return }
        end(with: problem(refusal))
    }

    func bodyStalls() {}

    func bodyEnded() {
        guard state == .receiving, arrival.request.bodyLength != .none else { return }
        handOver()
    }

    private func handOver() {
        state = .handedOver
        if preference.wait != nil {
            durable.deliveries.whenFinished(story.id) { self.eventLoop.execute { self.finishWaiting() } }
        }
        let names = targets.map { works.roads[$0.index].settings.name }
        durable.spool.accept(arrival.spooled(for: targets, body: body.bytes, idempotencyKey: key), for: names) { acceptance in
            self.eventLoop.execute { self.answered(acceptance) }
        }
    }

    private func answered(_ acceptance: Acceptance) {
        releaseKeyAndBody()
        switch acceptance {
        case .kept(let deliveries):
            durable.deliveries.take(deliveries)
            guard state == .handedOver else { return leave() }
            state = .waiting
            guard let wait = preference.wait else { return answerWithStates(story.id) }
            waiting = eventLoop.scheduleTask(in: .nanoseconds(wait.nanoseconds)) { self.finishWaiting() }
        case .repeated(let first): answerWithStates(first)
        case .conflicting(let first): end(with: .keyReused(route, first))
        case .full: end(with: .spoolFull("its size has reached max_size, and what is in it is pending or dead"))
        case .failed(let fault): end(with: .spoolFull(fault.description))
        }
    }

    private func finishWaiting() {
        guard state == .waiting else { return }
        waiting?.cancel()
        waiting = nil
        answerWithStates(story.id)
    }

    // MARK: The answer

    /// Answers 202 with the states that the exchange's deliveries are in: pending all of them, where it has just been kept and
    /// nothing was waited for.
    private func answerWithStates(_ id: ExchangeID) {
        durable.deliveries.forget(story.id)
        guard id != story.id || preference.wait != nil else {
            return answer(id, targets.map { (works.roads[$0.index].settings.name, DeliveryState.pending) })
        }
        let spool = durable.spool
        Task {
            let view = try? await spool.exchange(id)
            self.eventLoop.execute { self.answer(id, view?.deliveries.map { ($0.upstream, $0.state) } ?? []) }
        }
    }

    private func answer(_ id: ExchangeID, _ deliveries: [(upstream: String, state: DeliveryState)]) {
        guard state != .ended else { return leave() }
        let location = works.adminURL + "/api/exchanges/\(id)"
        let text = AcceptedAnswer.json(id: id, location: location, deliveries: deliveries)
        let bytes = ByteBuffer(string: text)
        var headers = Headers()
        headers.append("content-type", "application/json")
        headers.append("location", location)
        if let applied = preference.applied { headers.append("preference-applied", applied) }
        arrival.answering.write(head: AnswerHead(status: 202, headers: headers, bodyLength: .sized(bytes.readableBytes)))
        finish(bytes, status: 202, errorClass: nil)
    }

    /// Answers with pantograph's own word.
    private func end(with problem: Problem) {
        guard state != .ended else { return leave() }
        let (head, bytes) = problem.of(story).answer()
        arrival.answering.write(head: head)
        finish(bytes, status: problem.status, errorClass: problem.errorClass)
    }

    private func finish(_ bytes: ByteBuffer, status: Int, errorClass: ErrorClass?) {
        arrival.answering.write(body: bytes, written: nil)
        arrival.answering.end()
        responseBodyBytes = bytes.readableBytes
        ended(status: status, errorClass: errorClass)
        leave()
    }

    private func problem(_ refusal: GatheredBody.Refusal) -> Problem {
        switch refusal {
        case .tooLarge: .acceptedBodyTooLarge(durable.settings.maxBody)
        case .noRoom: .spoolFull("spool.memory is in use by bodies on their way to the disk")
        }
    }

    // MARK: Endings

    func writabilityChanged() {}

    func refused(_ problem: Problem) -> Problem {
        if state != .ended {
            ended(status: problem.status, errorClass: problem.errorClass)
            leave()
        }
        return problem.of(story)
    }

    func applicationGone(_ reason: String) {
        guard state != .ended else { return }
        let isHandedOver = state == .handedOver
        ended(status: nil, errorClass: .cancelled)
        // What the spool has been given is kept and delivered all the same: its answer ends this.
        if !isHandedOver { leave() }
    }

    func shutDown() {
        guard state == .receiving || state == .waiting else { return }
        state == .waiting ? finishWaiting() : end(with: .shuttingDown)
    }

    private func ended(status: Int?, errorClass: ErrorClass?) {
        let isKept = state == .waiting
        state = .ended
        arrival.context.recorder.exchangeEnded(
            ExchangeRecord(
                story: story, endedAt: .now(), status: status, errorClass: errorClass, requestBodyBytes: received,
                responseBodyBytes: responseBodyBytes, events: [],
                pending: isKept && arrival.context.recorder.followsDeliveries(of: story) ? targets : []))
    }

    private func releaseKeyAndBody() {
        body.close()
        if let key { durable.leave(key, of: routeID) }
        key = nil
    }

    private var hasLeft = false

    private func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        waiting?.cancel()
        releaseKeyAndBody()
        durable.deliveries.forget(story.id)
        arrival.context.leave(self)
    }
}

/// The body of a 202.
enum AcceptedAnswer {
    static func json(id: ExchangeID, location: String, deliveries: [(upstream: String, state: DeliveryState)]) -> String {
        let states = deliveries.map { "\(JSONText.quoted($0.upstream)):{\"state\":\"\($0.state.rawValue)\"}" }.joined(separator: ",")
        let isPending = deliveries.contains { $0.state == .pending }
        return """
            {"id":"\(id)","status":"\(isPending ? "pending" : "finished")","location":\(JSONText.quoted(location)),"deliveries":{\(states)}}

            """
    }
}
