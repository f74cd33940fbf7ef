internal import Exchange
internal import Logging

/// Brings all metrics as they stand to an OpenTelemetry collector, once an interval and once at the end. They are cumulative: a
/// request that did not get there by the next one's time is dropped, and the next one says all that it would have said.
final class MetricExporter: Sendable {
    private let run: ExportRun
    private let interval: Duration
    /// The metrics as they stand, at most this often: on the export thread.
    private let read: @Sendable (inout MetricWriter) -> Void
    private let makeWriter: @Sendable () -> MetricWriter

    /// - Parameter read: writes all metrics as they stand; called on the export thread.
    init(
        _ settings: OTLPSettings, version: String, log: Logger, observe: @escaping @Sendable (ExportResult) -> Void,
        makeWriter: @escaping @Sendable () -> MetricWriter, read: @escaping @Sendable (inout MetricWriter) -> Void
    ) {
        self.makeWriter = makeWriter
        self.read = read
        interval = max(settings.scheduleDelay, .milliseconds(10))
        var backoff = ExportBackoff()
        backoff.giveUpAfter = interval
        run = ExportRun(.metrics, settings, version: version, backoff: backoff, log: log, observe: observe)
    }

    func start() {
        run.start { [run, interval, makeWriter, read] in
            var writer = makeWriter()
            var post = run.makePost()
            var next = MonotonicTime.now().advanced(by: interval)
            while !run.control.isStopping {
                run.control.bell.wait(until: next)
                guard !run.control.isStopping, MonotonicTime.now() >= next else { continue }
                MetricExporter.export(&writer, &post, read)
                next = max(next.advanced(by: interval), .now())
            }
            MetricExporter.export(&writer, &post, read)
        } orElse: {
        }
    }

    private static func export(_ writer: inout MetricWriter, _ post: inout CollectorPost, _ read: (inout MetricWriter) -> Void) {
        writer.begin(at: .now())
        read(&writer)
        guard writer.points > 0 else { return }
        writer.finish()
        post.deliver(writer.text, items: writer.points)
    }

    /// Sends the last word within a time.
    func shutdown(within time: Duration) async {
        start()
        await run.shutdown(within: time)
    }
}
