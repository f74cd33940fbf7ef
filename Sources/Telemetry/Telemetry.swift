package import Exchange
package import Logging
internal import Synchronization

/// What the sidecar shows of itself: records in; metrics, logs and spans out.
package final class Telemetry: Sendable {
    /// Writes JSON lines to standard error at `telemetry.log.level`, without ever making the caller wait.
    package let log: Logger

    private let settings: Settings
    private let version: String
    private let layout: Layout
    private let lines: LogWriter
    private let access: AccessLog?
    private let troubles: [UpstreamTrouble]
    /// By upstream.
    private let gates: [GateLog]
    private let export: ExportFigures
    private let spool = SpoolFigures()
    private let metricExport: ExportFigures?
    private let logExport: ExportFigures?
    private let spans: SpanExporter?
    private let logs: BatchExporter<LogRecordWriter>?
    private let metrics = Mutex<MetricExporter?>(nil)
    private let resource: SpanResource
    private let startedAt: WallTime
    private let tail: TailRule?
    private let now: @Sendable () -> MonotonicTime
    private let wall: @Sendable () -> WallTime
    let recents: Recents
    let tap: Tap
    let history: History
    private let recorders = Mutex<[Recorder]>([])
    private let readGauges = Mutex<(@Sendable (UpstreamID) -> UpstreamGauges)?>(nil)
    private let readSpool = Mutex<(@Sendable () -> SpoolGauges)?>(nil)

    /// - Parameters:
    ///   - settings: names and bounds of every label come from here.
    ///   - version: the program's own, for `pantograph_build_info`.
    ///   - logDescriptor: where log lines go.
    ///   - recent: exchanges that are remembered with their deliveries and attempts, by each recorder.
    ///   - now: the clock by which scrapes tell ages and windows.
    ///   - wall: the clock by which they tell the age of what the spool holds, which may be older than the process.
    package init(
        _ settings: Settings, version: String, logDescriptor: Int32 = 2, recent: Int = 1000,
        now: @escaping @Sendable () -> MonotonicTime = { .now() }, wall: @escaping @Sendable () -> WallTime = { .now() }
    ) {
        let lines = LogWriter(LineOutput(descriptor: logDescriptor))
        let resource = SpanResource(settings.telemetry, version: version)
        let level = settings.telemetry.log.level.level
        let metricExport = settings.telemetry.metrics.map { _ in ExportFigures() }
        let logExport = settings.telemetry.logs.map { _ in ExportFigures() }
        let logs = settings.telemetry.logs.map { otlp -> BatchExporter<LogRecordWriter> in
            // What it has to say of itself goes to standard error alone, or a collector that refuses logs would bring forth more.
            let log = Logger(label: "pantograph") { label in JSONLineHandler(label: label, level: level, writer: lines) }
            return BatchExporter(
                .logs, otlp, version: version, backoff: ExportBackoff(), log: log, observe: { logExport?.tell($0) },
                makeWriter: { LogRecordWriter(resource: resource, version: version, routes: settings.routes) })
        }
        let exportsLine = logs.map { logs -> @Sendable (LogRecord) -> Void in { logs.offer($0) } }
        let log = Logger(label: "pantograph") { label in
            JSONLineHandler(label: label, level: level, writer: lines, export: exportsLine)
        }
        self.resource = resource
        self.metricExport = metricExport
        self.logExport = logExport
        self.logs = logs
        startedAt = wall()
        let layout = Layout(settings)
        self.settings = settings
        self.version = version
        self.now = now
        self.wall = wall
        self.lines = lines
        self.log = log
        self.layout = layout
        access = AccessLog(settings.telemetry.log, layout: layout, writer: lines, export: exportsLine)
        troubles = layout.upstreams.map { UpstreamTrouble(upstream: $0, log: log) }
        gates = layout.upstreams.map { GateLog(upstream: $0, log: log, now: now) }
        recents = Recents(bound: recent, layout: layout)
        tap = Tap(recents, now: now)
        history = History(from: now())
        let export = ExportFigures()
        self.export = export
        spans = settings.telemetry.otlp.map { otlp in
            SpanExporter(
                otlp, resource: resource, upstreams: settings.upstreams, routes: settings.routes, version: version,
                redaction: settings.telemetry.redaction, log: log, observe: { export.tell($0) })
        }
        tail = spans == nil ? nil : settings.telemetry.tail.map { TailRule($0, now: now) }
    }

    /// A recorder for one event loop. It is read at every scrape from now on.
    package func makeRecorder() -> Recorder {
        let recorder = Recorder(
            layout: layout, spans: spans, tail: tail, access: access, troubles: troubles,
            recent: RecentBounds(exchanges: recents.bound, layout: layout))
        recents.add(recorder)
        recorders.withLock { $0.append(recorder) }
        return recorder
    }

    /// Says where to read what upstreams are doing; called at each scrape, on the scraper's thread.
    package func setGauges(_ read: @escaping @Sendable (UpstreamID) -> UpstreamGauges) {
        readGauges.withLock { $0 = read }
    }

    /// Says where to read what the spool takes up; called at each scrape, on the scraper's thread. Without it there is no spool,
    /// and nothing of one is exposed.
    package func setSpoolGauges(_ read: @escaping @Sendable () -> SpoolGauges) {
        readSpool.withLock { $0 = read }
    }

    /// All metrics as they stand, in the format that the value of `Accept` asks for.
    package func exposition(accept: String?) -> (contentType: String, body: [UInt8]) {
        let format = ExpositionFormat(accept: accept)
        var scrape = scrape()
        scrape.process = ProcessFigures.read()
        return (format.contentType, scrape.page(format))
    }

    /// What has been measured of one upstream; nil for one that isn't configured.
    package func upstreamSnapshot(_ upstream: UpstreamID) -> UpstreamSnapshot? { scrape().snapshot(of: upstream.index) }

    func scrape() -> Scrape {
        var figures = Figures(layout)
        var pending = Array(repeating: PendingDeliveries.Summary(), count: layout.upstreams.count)
        for recorder in recorders.withLock({ $0 }) { recorder.add(to: &figures, &pending) }
        let gauges = readGauges.withLock { $0 }.map { read in layout.upstreams.indices.map { read(UpstreamID($0)) } }
        let spool = readSpool.withLock { $0 }.map { read in (read(), self.spool.snapshot()) }
        return Scrape(
            layout: layout, at: now(), wall: wall(), figures: figures, pending: pending, gauges: gauges, spool: spool,
            export: settings.telemetry.otlp == nil ? nil : export.snapshot(), tail: tail?.snapshot(),
            metricExport: metricExport?.snapshot(), logExport: logExport?.snapshot(), process: nil, logLinesDropped: lines.dropped,
            version: version)
    }

    // MARK: The spool and the gates

    /// The spool has committed so many operations together, which took so long.
    package func spoolCommitted(operations: Int, nanoseconds: UInt64) { spool.committed(operations, after: nanoseconds) }

    /// A commit of the spool has failed.
    ///
    /// - Parameter code: the fault's own word.
    package func spoolCommitFailed(code: String) { spool.failed(code) }

    /// The spool has begun to fail.
    ///
    /// - Parameters:
    ///   - description: one sentence that names the file and the cause.
    ///   - code: the fault's own word.
    package func spoolFailing(description: String, code: String) {
        log.error("the spool fails", metadata: ["detail": "\(description)", "code": "\(code)"])
    }

    /// The spool works again.
    package func spoolRecovered() { log.info("the spool works again") }

    /// An upstream's breaker has changed its state.
    package func breakerTurned(upstream: UpstreamID, to state: BreakerState) {
        if gates.indices.contains(upstream.index) { gates[upstream.index].turned(to: state) }
    }

    /// An upstream asked for a pause, by `Retry-After` or a quota that is used up.
    package func upstreamPaused(upstream: UpstreamID, for duration: Duration) {
        if gates.indices.contains(upstream.index) { gates[upstream.index].paused(for: duration) }
    }

    // MARK: Lifecycle

    /// Begins to write. Lines logged before wait for it, up to the bound.
    package func start() {
        lines.start()
        logs?.start()
        spans?.start()
        history.start { [weak self] in self?.sampleHistory() }
        startMetrics()
    }

    private func startMetrics() {
        guard let otlp = settings.telemetry.metrics else { return }
        let (bases, paths) = (settings.upstreams.map(\.url), settings.routes.map(\.path))
        let exporter = MetricExporter(
            otlp, version: version, log: log, observe: { [metricExport] in metricExport?.tell($0) },
            makeWriter: { [resource, version, startedAt] in MetricWriter(resource: resource, version: version, since: startedAt) },
            // The exporter's thread ends before this does: `shutdown` waits for it.
            read: { [weak self] writer in
                guard var scrape = self?.scrape() else { return }
                scrape.process = ProcessFigures.read()
                scrape.write(to: &writer, upstreams: bases, paths: paths)
            })
        metrics.withLock { $0 = exporter }
        exporter.start()
    }

    /// Sends the spans and the last metrics, then the log, and writes out the lines that wait: what has something to log comes
    /// first, and each keeps to a time.
    package func shutdown() async {
        history.stop()
        async let lastMetrics: Void? = metrics.withLock { $0 }?.shutdown(within: Self.longestExport)
        await spans?.shutdown(within: Self.longestExport)
        await lastMetrics
        await logs?.shutdown(within: Self.longestFlush)
        await lines.close(within: Self.longestFlush)
    }

    /// How long a collector that does not answer can hold up the process's end.
    private static let longestExport: Duration = .seconds(5)
    /// How long a standard error that nobody reads can.
    private static let longestFlush: Duration = .seconds(2)
}
