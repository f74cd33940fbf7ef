internal import Delivery
internal import Exchange
internal import Policy
internal import Spool
internal import Synchronization
internal import Telemetry
internal import Upstream

/// What every exchange needs and none changes: the same for all event loops.
final class Works: Sendable {
    /// By `RouteID.index`.
    let courses: [Course]
    let limits: Limits
    let router: Router
    let propagation: Propagation
    let propagatesTraces: Bool
    let via: Via
    /// By `UpstreamID.index`.
    let roads: [Road]
    let upstreams: UpstreamClient
    let activity: Activity
    /// The admin listener's own URL, known once it is bound.
    var adminURL: String { adminAddress.withLock { $0 } }
    private let adminAddress = Mutex("")
    /// nil where nothing needs a spool.
    let durable: Durable?
    /// nil where no route compares answers.
    let comparisons: Comparisons?
    private let mirrorBounds: Mutex<MirrorBounds>

    init(
        _ settings: Settings, upstreams: UpstreamClient, via: Via, spool: Spool?, contexts: [LoopContext], activity: Activity,
        telemetry: Telemetry
    ) throws {
        self.activity = activity
        self.limits = settings.limits
        self.router = Router(settings.routes)
        self.propagation = Propagation(
            sampler: settings.telemetry.sampler, traceContext: settings.telemetry.propagatesTraceContext,
            baggage: settings.telemetry.propagatesBaggage)
        self.propagatesTraces = settings.telemetry.propagatesTraceContext
        self.via = via
        self.upstreams = upstreams
        self.comparisons = Comparisons(settings)
        self.mirrorBounds = Mutex(MirrorBounds(settings.limits))
        let roads = try settings.upstreams.enumerated().map { place, upstream in
            try Road(UpstreamID(place), upstream, via: via) { telemetry.tell($0, of: UpstreamID(place)) }
        }
        self.roads = roads
        self.courses = settings.routes.map { Course($0, roads) }
        if let spool, let spoolSettings = settings.spool {
            durable = Durable(spoolSettings, spool, settings, roads, upstreams, contexts)
        } else {
            durable = nil
        }
    }

    func setAdmin(_ address: ListenAddress) {
        adminAddress.withLock { $0 = address.baseURL }
    }

    /// Takes room for mirror calls and the body they share; the reason where a bound has been reached.
    func admitMirror(bodyBytes: Int = 0, calls: Int = 0) -> SkipReason? {
        mirrorBounds.withLock { $0.admit(bodyBytes: bodyBytes, calls: calls) }
    }

    func releaseMirror(bodyBytes: Int = 0, calls: Int = 0) {
        mirrorBounds.withLock { $0.release(bodyBytes: bodyBytes, calls: calls) }
    }
}

/// Counts what is going on, so that a shutdown can await its end.
final class Activity: Sendable {
    private struct State {
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func enter() { state.withLock { $0.running += 1 } }

    func leave() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when nothing runs.
    func idle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state -> Bool in
                guard state.running > 0 else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }
}

extension ListenAddress {
    /// Of a Unix-domain socket the path has no place in a URL: a client that reached it knows it.
    fileprivate var baseURL: String {
        if case .ip = self { "http://\(self)" } else { "http://localhost" }
    }
}

extension Telemetry {
    /// What a gate's turn is to logs.
    func tell(_ turn: Gate.Turn, of upstream: UpstreamID) {
        switch turn {
        case .opened: breakerTurned(upstream: upstream, to: .open)
        case .halfOpened: breakerTurned(upstream: upstream, to: .halfOpen)
        case .closed: breakerTurned(upstream: upstream, to: .closed)
        case .paused(let duration): upstreamPaused(upstream: upstream, for: duration)
        }
    }
}
