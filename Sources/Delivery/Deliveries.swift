package import Exchange
package import NIOCore
internal import Policy
package import Spool
package import Telemetry
package import Upstream
internal import Synchronization

/// The room of spooled deliveries: one lane for each upstream, and who waits for an exchange to be finished.
package final class Deliveries: Sendable {
    private struct State {
        /// By upstream; made at the start.
        var lanes: [String: Lane] = [:]
        var waiting: [ExchangeID: [@Sendable () -> Void]] = [:]
        var idle: CheckedContinuation<Void, Never>?
        var emptied: Set<ObjectIdentifier> = []
    }

    private let spool: Spool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - contexts: the loops over which lanes are dealt out, each with its recorder.
    ///   - memory: bytes of requests that all lanes together may hold; one delivery is held however large it is.
    ///   - keepsAnswers: whether a route's partial failures are made good by calls that may be made of an answer.
    package init(
        spool: Spool, roads: [Road], upstreams: UpstreamClient, contexts: [(eventLoop: any EventLoop, recorder: Recorder)], propagatesTraces: Bool,
        memory: Int, routes: [String: RouteID], keepsAnswers: @escaping @Sendable (_ route: String) -> Bool
    ) {
        self.spool = spool
        guard !contexts.isEmpty else { return }
        var lanes: [String: Lane] = [:]
        for (place, road) in roads.enumerated() {
            let (loop, recorder) = contexts[place % contexts.count]
            let context = LaneContext(
                eventLoop: loop, recorder: recorder, spool: spool, upstreams: upstreams,
                propagatesTraces: propagatesTraces, memory: memory / roads.count, route: { routes[$0] }, keepsAnswers: keepsAnswers,
                settled: { [weak self] in self?.settled($0, $1) }, emptied: { [weak self] in self?.emptied($0) })
            lanes[road.settings.name] = Lane(road, context)
        }
        state.withLock { $0.lanes = lanes }
    }

    /// Takes up what the spool holds.
    package func start() {
        spool.setWhenDue { [weak self] upstream in self?.lane(upstream).map { lane in lane.context.eventLoop.execute { lane.look() } } }
        for lane in lanes { lane.context.eventLoop.execute { lane.goOn() } }
    }

    /// Deliveries that the spool has just kept.
    package func take(_ deliveries: [SpooledDelivery]) {
        for delivery in deliveries {
            guard let lane = lane(delivery.upstream) else { continue }
            lane.context.eventLoop.execute { lane.take(delivery) }
        }
    }

    // MARK: The end of an exchange

    /// Has `tell` called once when no delivery of the exchange is pending any more. Say so before the spool has it.
    package func whenFinished(_ exchange: ExchangeID, _ tell: @escaping @Sendable () -> Void) {
        state.withLock { $0.waiting[exchange, default: []].append(tell) }
    }

    /// Nobody waits for it any more.
    package func forget(_ exchange: ExchangeID) {
        _ = state.withLock { $0.waiting.removeValue(forKey: exchange) }
    }

    private func settled(_ settled: Settled, _ exchange: ExchangeID) {
        take(settled.compensations)
        guard settled.exchangeIsFinished else { return }
        for tell in state.withLock({ $0.waiting.removeValue(forKey: exchange) }) ?? [] { tell() }
    }

    // MARK: The end of all

    /// Starts no attempt any more, and returns when none is running.
    package func drained() async {
        await withCheckedContinuation { continuation in
            let lanes = state.withLock { state -> [Lane] in
                state.idle = continuation
                return Array(state.lanes.values)
            }
            guard !lanes.isEmpty else { return resumeIfIdle() }
            for lane in lanes { lane.context.eventLoop.execute { lane.stop() } }
        }
    }

    /// Ends what is on its way; it stays pending.
    package func cancelAll() {
        for lane in lanes { lane.context.eventLoop.execute { lane.cancel() } }
    }

    private func emptied(_ lane: Lane) {
        _ = state.withLock { $0.emptied.insert(ObjectIdentifier(lane)) }
        resumeIfIdle()
    }

    private func resumeIfIdle() {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.emptied.count == state.lanes.count else { return nil }
            defer { state.idle = nil }
            return state.idle
        }
        continuation?.resume()
    }

    private var lanes: [Lane] { state.withLock { Array($0.lanes.values) } }

    private func lane(_ upstream: String) -> Lane? { state.withLock { $0.lanes[upstream] } }
}
