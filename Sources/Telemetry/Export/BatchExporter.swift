internal import Exchange
internal import Logging

/// Takes elements in on any thread and brings them to an OpenTelemetry collector on a thread of low priority. A collector that is
/// slow or gone costs whoever offers nothing: elements wait up to the settings' `queue`, beyond it they are dropped and counted,
/// and the log says once that it is so.
final class BatchExporter<Writer: BatchWriting & ~Copyable>: Sendable {
    private let queue: ExportQueue<Writer.Element>
    private let run: ExportRun
    private let settings: OTLPSettings
    private let makeWriter: @Sendable () -> Writer

    /// - Parameter observe: told what became of elements, on the export thread and, of those dropped, on the thread that offered
    ///   them: it must be quick and must not wait.
    init(
        _ signal: ExportSignal, _ settings: OTLPSettings, version: String, backoff: ExportBackoff, log: Logger,
        observe: @escaping @Sendable (ExportResult) -> Void, makeWriter: @escaping @Sendable () -> Writer
    ) {
        self.settings = settings
        self.makeWriter = makeWriter
        queue = ExportQueue(bound: settings.queue, batch: settings.batch)
        run = ExportRun(signal, settings, version: version, backoff: backoff, log: log, observe: observe)
    }

    /// Takes one element in; never waits.
    func offer(_ element: Writer.Element) {
        switch queue.offer(element) {
        case .queued: break
        case .due: run.control.bell.ring()
        case .full, .closed: run.tally.dropped(1)
        }
    }

    /// Starts the export thread; what was offered before has waited. A second call does nothing.
    func start() {
        run.start { [queue, run, settings, makeWriter] in
            var export = BatchExport(
                settings, queue: queue, control: run.control, tally: run.tally, writer: makeWriter(), post: run.makePost())
            export.run()
        } orElse: {
            run.tally.dropped(queue.close())
        }
    }

    /// Sends what waits and ends the export. What could not be sent within the time is dropped and counted; what is offered
    /// later is too.
    func shutdown(within time: Duration) async {
        start()
        await run.shutdown(within: time)
    }
}
