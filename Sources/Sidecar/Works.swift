internal import Exchange
internal import Policy
internal import Synchronization
internal import Upstream

/// What every exchange needs and none changes: the same for all event loops.
final class Works: Sendable {
    let routes: [RouteSettings]
    let limits: Limits
    let router: Router
    let propagation: Propagation
    let propagatesTraces: Bool
    let via: Via
    /// By `UpstreamID.index`.
    let roads: [Road]
    let upstreams: UpstreamClient
    let activity = Activity()
    private let mirrorBounds: Mutex<MirrorBounds>

    init(_ settings: Settings, upstreams: UpstreamClient, via: Via) throws {
        self.routes = settings.routes
        self.limits = settings.limits
        self.router = Router(settings.routes)
        self.propagation = Propagation(
            sampler: settings.telemetry.sampler, traceContext: settings.telemetry.propagatesTraceContext,
            baggage: settings.telemetry.propagatesBaggage)
        self.propagatesTraces = settings.telemetry.propagatesTraceContext
        self.via = via
        self.upstreams = upstreams
        self.mirrorBounds = Mutex(MirrorBounds(settings.limits))
        self.roads = try settings.upstreams.enumerated().map { place, upstream in
            try Road(UpstreamID(place), upstream, via: via)
        }
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
