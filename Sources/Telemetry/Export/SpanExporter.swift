internal import Exchange
internal import Logging
internal import Synchronization

/// What became of spans, data points or log records on their way to the collector: the figures of `pantograph_otlp_…`. Each one
/// offered is told of exactly once, as exported, rejected or dropped.
enum ExportResult: Sendable {
    /// The collector has them. `seconds`: how long the request took that brought them.
    case exported(spans: Int, seconds: Double)
    /// The collector took the request and not these of it.
    case rejected(spans: Int)
    /// Given up: no room in the queue, refused, not taken in time, or left over at shutdown.
    case dropped(spans: Int)
    /// A request that brought none there; they may be sent again.
    case failedTry(seconds: Double)
}

/// Brings records as spans to an OpenTelemetry collector, by OTLP/HTTP in its JSON form.
final class SpanExporter: Sendable {
    private let exporter: BatchExporter<SpanBatch>

    /// - Parameters:
    ///   - version: pantograph's own, for the scope, the resource and `User-Agent`.
    ///   - observe: told what became of spans (see `BatchExporter`).
    init(
        _ settings: OTLPSettings, resource: SpanResource, upstreams: [UpstreamSettings], routes: [RouteSettings], version: String,
        redaction: Redaction = .standard, log: Logger, backoff: ExportBackoff = ExportBackoff(),
        observe: @escaping @Sendable (ExportResult) -> Void
    ) {
        exporter = BatchExporter(.spans, settings, version: version, backoff: backoff, log: log, observe: observe) {
            SpanBatch(
                resource: resource, version: version, encoder: SpanEncoder(upstreams: upstreams, routes: routes, redaction: redaction))
        }
    }

    /// Takes the record of a span in; never waits.
    func offer(_ record: SpanRecord) { exporter.offer(record) }

    func start() { exporter.start() }

    /// Sends what waits and ends the export (see `BatchExporter`).
    func shutdown(within time: Duration) async { await exporter.shutdown(within: time) }
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
