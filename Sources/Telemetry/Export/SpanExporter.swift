package import Exchange
package import Logging
internal import Synchronization

/// What became of spans on their way to the collector: the figures of `pantograph_otlp_…`. Each span offered is told of
/// exactly once, as exported, rejected or dropped.
package enum ExportResult: Sendable {
    /// The collector has them. `seconds`: how long the request took that brought them.
    case exported(spans: Int, seconds: Double)
    /// The collector took the request and not these spans of it.
    case rejected(spans: Int)
    /// Given up: no room in the queue, refused, not taken in time, or left over at shutdown.
    case dropped(spans: Int)
    /// A request that brought no spans there; they may be sent again.
    case failedTry(seconds: Double)
}

/// Takes records in on any thread and brings them as spans to an OpenTelemetry collector, on a thread of low priority, by
/// OTLP/HTTP in its JSON form. A collector that is slow or gone costs whoever offers nothing: records wait up to the settings'
/// `queue`, beyond it they are dropped and counted, and the log says once that it is so.
package final class SpanExporter: Sendable {
    private enum Phase { case idle, running, over }

    private let queue: SpanQueue
    private let control = ExportControl()
    private let connection: CollectorConnection
    private let work: ExportWork
    private let tally: ExportTally
    private let log: Logger
    private let phase = Mutex(Phase.idle)

    /// - Parameters:
    ///   - version: pantograph's own, for the scope, the resource and `User-Agent`.
    ///   - observe: told what became of spans, on the export thread and, of spans dropped, on the thread that offered them: it
    ///     must be quick and must not wait.
    package convenience init(
        _ settings: OTLPSettings, telemetry: TelemetrySettings, upstreams: [UpstreamSettings], routes: [RouteSettings], version: String,
        log: Logger, observe: @escaping @Sendable (ExportResult) -> Void
    ) {
        self.init(
            settings, telemetry: telemetry, upstreams: upstreams, routes: routes, version: version, log: log, backoff: ExportBackoff(),
            observe: observe)
    }

    init(
        _ settings: OTLPSettings, telemetry: TelemetrySettings, upstreams: [UpstreamSettings], routes: [RouteSettings], version: String,
        log: Logger, backoff: ExportBackoff, observe: @escaping @Sendable (ExportResult) -> Void
    ) {
        self.log = log
        queue = SpanQueue(bound: settings.queue, batch: settings.batch)
        connection = CollectorConnection(settings, version: version)
        tally = ExportTally(observe)
        work = ExportWork(
            settings: settings, backoff: backoff, resource: SpanResource(telemetry, version: version), version: version,
            upstreams: upstreams, routes: routes)
    }

    /// Takes the record of a span in; never waits.
    func offer(_ record: SpanRecord) {
        switch queue.offer(record) {
        case .queued: break
        case .batchWaits: control.bell.ring()
        case .full, .closed: tally.dropped(1)
        }
    }

    /// Starts the export thread; what was offered before has waited. A second call does nothing.
    package func start() {
        let isFirst = phase.withLock { phase in
            guard phase == .idle else { return false }
            phase = .running
            return true
        }
        guard isFirst else { return }
        let isStarted = ExportThread.start { [queue, control, connection, work, tally, log] in
            var export = SpanExport(work, queue: queue, control: control, connection: connection, tally: tally, log: log)
            export.run()
            control.end()
        }
        guard !isStarted else { return }
        log.error("Spans are not exported: the system gave no thread for it")
        tally.dropped(queue.close())
        control.end()
    }

    /// Sends what waits and ends the export. What could not be sent within the time is dropped and counted; records offered
    /// later are too. Returns within the time and a moment for the thread to let go, whatever the collector does.
    package func shutdown(within time: Duration) async {
        start()
        // No drain is longer, and no sum below can overflow.
        let time = min(max(.zero, time), .seconds(3600))
        control.stop(by: MonotonicTime.now().advanced(by: time))
        connection.wake()
        // The thread keeps to the time by itself. This is for what it can't see, such as a file that hangs on a dead mount.
        let timer = Task { [control] in
            try? await Task.sleep(for: time + SpanExporter.grace)
            control.end()
        }
        await control.ended()
        timer.cancel()
    }

    private static let grace = Duration.milliseconds(500)
}

/// Counts what is dropped, on whatever thread, and passes every result on.
final class ExportTally: Sendable {
    private let observe: @Sendable (ExportResult) -> Void
    private let droppedSpans = Atomic<Int>(0)

    init(_ observe: @escaping @Sendable (ExportResult) -> Void) { self.observe = observe }

    /// Dropped in all so far.
    var dropped: Int { droppedSpans.load(ordering: .relaxed) }

    func dropped(_ spans: Int) {
        guard spans > 0 else { return }
        droppedSpans.wrappingAdd(spans, ordering: .relaxed)
        observe(.dropped(spans: spans))
    }

    func tell(_ result: ExportResult) { observe(result) }
}
