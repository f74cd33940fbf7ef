/// What an exporter brings to the collector. Each has a queue, a connection and a thread of its own, so that none waits for
/// another (OTLP, "Multi-destination exporting").
enum ExportSignal: String, Sendable {
    case spans = "Spans"
    case metrics = "Metrics"
    case logs = "Logs"

    /// Within a sentence.
    var noun: String { rawValue.lowercased() }

    /// While the collector can't be reached.
    var consequence: String {
        self == .metrics ? "the next ones will tell what these do" : "they wait for it, and are dropped beyond telemetry.otlp.queue"
    }

    /// Where the queue is full again and again.
    var remedy: String { self == .spans ? "raise telemetry.otlp.queue or sample fewer traces" : "raise telemetry.otlp.queue" }
}
