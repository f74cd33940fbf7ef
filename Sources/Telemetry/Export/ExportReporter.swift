internal import Exchange
internal import Logging

/// Puts what there is to say of the export into the log.
struct ExportReporter: Sendable {
    private let endpoint: String
    private let log: Logger

    init(endpoint: String, log: Logger) {
        self.endpoint = Redaction.url(endpoint)
        self.log = log
    }

    func tell(_ notice: ExportHealth.Notice?) {
        switch notice {
        case nil: break
        case .failing(let trouble, let refused):
            log.warning(
                refused
                    ? "The collector refuses spans; they are dropped until it takes them again"
                    : "Spans do not reach the collector; they wait for it, and are dropped beyond telemetry.otlp.queue",
                metadata: metadata(trouble))
        case .stillFailing(let trouble, let dropped):
            log.warning(
                "Spans still do not reach the collector", metadata: metadata(trouble).merging(["dropped": "\(dropped)"]) { $1 })
        case .recovered(let dropped):
            log.info("The collector takes spans again", metadata: ["endpoint": "\(endpoint)", "dropped": "\(dropped)"])
        case .rejected(let spans, let message):
            log.warning(
                "The collector took a batch and rejected some of its spans",
                metadata: ["endpoint": "\(endpoint)", "rejected": "\(spans)", "detail": "\(message)"])
        case .overflowing(let dropped):
            log.warning(
                "Spans come faster than the collector takes them; raise telemetry.otlp.queue or sample fewer traces",
                metadata: ["endpoint": "\(endpoint)", "dropped": "\(dropped)"])
        }
    }

    /// At the end of the export.
    func leftOver(_ spans: Int) {
        guard spans > 0 else { return }
        log.warning("Spans were left over at shutdown", metadata: ["endpoint": "\(endpoint)", "dropped": "\(spans)"])
    }

    private func metadata(_ trouble: ExportTrouble) -> Logger.Metadata {
        ["class": "\(trouble.errorClass.rawValue)", "detail": "\(trouble.detail)", "endpoint": "\(endpoint)"]
    }
}
