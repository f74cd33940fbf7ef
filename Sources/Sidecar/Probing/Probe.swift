internal import Delivery
internal import Exchange
internal import Logging
internal import NIOCore
internal import Synchronization
internal import Upstream

/// Asks one upstream over and over whether it is well. A probe is a call like any other, with the upstream's own credentials and
/// headers, but it is no attempt of a delivery: it passes no gate and counts in no figure of those.
///
/// `@unchecked Sendable`: everything but the verdict is used on `eventLoop` alone.
final class Probe: AttemptSink, @unchecked Sendable {
    /// What the last probe said.
    enum Verdict: Sendable, Equatable {
        /// None has ended yet.
        case unknown
        case healthy
        case unhealthy(String)
    }

    let settings: HealthSettings
    private let road: Road
    private let upstreams: UpstreamClient
    private let eventLoop: any EventLoop
    private let log: Logger
    private let current = Mutex(Verdict.unknown)
    private var running: Attempt?
    private var timer: Scheduled<Void>?
    private var isLate = false
    private var isStopped = false

    init(_ settings: HealthSettings, _ road: Road, _ upstreams: UpstreamClient, on eventLoop: any EventLoop, log: Logger) {
        self.settings = settings
        self.road = road
        self.upstreams = upstreams
        self.eventLoop = eventLoop
        self.log = log
    }

    var name: String { road.settings.name }
    var verdict: Verdict { current.withLock { $0 } }

    /// The first probe goes out at once.
    func start() { eventLoop.execute { self.ask() } }

    /// No probe follows; one that runs says nothing any more.
    func stop() {
        eventLoop.execute {
            self.isStopped = true
            self.timer?.cancel()
            self.running?.cancel()
        }
    }

    private func ask() {
        guard !isStopped else { return }
        let request = RequestHead(
            method: "GET", target: settings.path, headers: Headers(["User-Agent": "pantograph/\(Version.current)"]), bodyLength: .none)
        let headers = road.headers(for: request, role: .mirror, trace: nil, baggage: nil, idempotencyKey: nil)
        let attempt = AttemptRequest(
            upstream: road.upstream, method: "GET", target: road.target(of: request), headers: headers, body: nil, bodyLength: .none,
            readsAsPrimary: false, wantsAnswer: false)
        isLate = false
        running = upstreams.start(attempt, sink: self, on: eventLoop)
        // As many calls as `limit.in_flight` allows are running: that says nothing of how the upstream is.
        guard running != nil else { return rest() }
        timer = eventLoop.scheduleTask(in: .nanoseconds(settings.timeout.nanoseconds)) {
            self.isLate = true
            self.running?.cancel()
        }
    }

    private func rest() {
        timer = eventLoop.scheduleTask(in: .nanoseconds(settings.interval.nanoseconds)) { self.ask() }
    }

    // MARK: The answer

    func attempt(_ attempt: Attempt, received head: AnswerHead) {}

    func attempt(_ attempt: Attempt, received body: ByteBuffer) { attempt.consumed(body.readableBytes) }

    func attempt(_ attempt: Attempt, ended outcome: AttemptOutcome) {
        running = nil
        timer?.cancel()
        guard !isStopped else { return }
        rest()
        // It never got a connection of the upstream's `limit.connections`: our own bound, not the upstream.
        guard !outcome.awaitedConnection else { return }
        turn(to: verdict(on: outcome), outcome)
    }

    private func verdict(on outcome: AttemptOutcome) -> Verdict {
        if isLate { return .unhealthy("no answer within health.timeout (\(settings.timeout.seconds) s)") }
        guard let status = outcome.status else { return .unhealthy(outcome.detail.isEmpty ? outcome.label : outcome.detail) }
        if let errorClass = outcome.errorClass, !errorClass.isOfStatus { return .unhealthy("its answer broke off: \(errorClass.rawValue)") }
        return settings.expected.contains(status) ? .healthy : .unhealthy("it answered \(status)")
    }

    /// One line in the log where it is another than before; that a first probe finds the upstream well is not news.
    private func turn(to verdict: Verdict, _ outcome: AttemptOutcome) {
        let before = current.withLock { current in
            defer { current = verdict }
            return current
        }
        switch (before, verdict) {
        case (.unhealthy, .healthy): log.info("the upstream is healthy again", metadata: ["upstream": "\(name)"])
        case (.unknown, .unhealthy(let reason)), (.healthy, .unhealthy(let reason)):
            log.warning("the upstream is unhealthy", metadata: ["upstream": "\(name)", "detail": "\(reason)"])
        case (.unknown, _), (.healthy, _), (.unhealthy, _): break
        }
    }
}
