internal import Exchange
internal import Logging
internal import Synchronization

/// One exporter's thread, from its start to the end of its shutdown.
final class ExportRun: Sendable {
    private enum Phase { case idle, running, over }

    let signal: ExportSignal
    let control = ExportControl()
    let tally: ExportTally
    private let settings: OTLPSettings
    private let backoff: ExportBackoff
    private let connection: CollectorConnection
    private let log: Logger
    private let phase = Mutex(Phase.idle)

    init(
        _ signal: ExportSignal, _ settings: OTLPSettings, version: String, backoff: ExportBackoff, log: Logger,
        observe: @escaping @Sendable (ExportResult) -> Void
    ) {
        self.signal = signal
        self.settings = settings
        self.backoff = backoff
        self.log = log
        tally = ExportTally(observe)
        connection = CollectorConnection(settings, version: version)
    }

    /// What brings requests to the collector; for the thread alone.
    func makePost() -> CollectorPost {
        CollectorPost(signal, settings, backoff: backoff, control: control, connection: connection, tally: tally, log: log)
    }

    /// Starts the thread; a second call does nothing.
    ///
    /// - Parameter orElse: called where there is no thread to be had.
    func start(_ work: @escaping @Sendable () -> Void, orElse: () -> Void) {
        let isFirst = phase.withLock { phase in
            guard phase == .idle else { return false }
            phase = .running
            return true
        }
        guard isFirst else { return }
        let isStarted = ExportThread.start { [control] in
            work()
            control.end()
        }
        guard !isStarted else { return }
        log.error("\(signal.rawValue) are not exported: the system gave no thread for it")
        orElse()
        control.end()
    }

    /// Has the thread send what waits and end. Returns within the time and a moment for the thread to let go, whatever the
    /// collector does.
    func shutdown(within time: Duration) async {
        // No drain is longer, and no sum below can overflow.
        let time = min(max(.zero, time), .seconds(3600))
        control.stop(by: MonotonicTime.now().advanced(by: time))
        connection.wake()
        // The thread keeps to the time by itself. This is for what it can't see, such as a file that hangs on a dead mount.
        let timer = Task { [control] in
            try? await Task.sleep(for: time + ExportRun.grace)
            control.end()
        }
        await control.ended()
        timer.cancel()
    }

    private static let grace = Duration.milliseconds(500)
}
