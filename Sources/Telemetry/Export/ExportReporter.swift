internal import Exchange
internal import Logging

/// Puts what there is to say of the export into the log.
struct ExportReporter: Sendable {
    private let signal: ExportSignal
    private let endpoint: String
    private let log: Logger

    init(_ signal: ExportSignal, endpoint: String, log: Logger) {
        self.signal = signal
        // A query may hold a key.
        self.endpoint = Redaction.userInformation(String(endpoint.prefix { $0 != "?" }))
        self.log = log
    }

    func tell(_ notice: ExportHealth.Notice?) {
        switch notice {
        case nil: break
        case .failing(let trouble, let refused):
            log.warning(
                refused
                    ? "The collector refuses \(signal.noun); they are dropped until it takes them again"
                    : "\(signal.rawValue) do not reach the collector; \(signal.consequence)",
                metadata: metadata(trouble))
        case .stillFailing(let trouble, let dropped):
            log.warning(
                "\(signal.rawValue) still do not reach the collector", metadata: metadata(trouble).merging(["dropped": "\(dropped)"]) { $1 })
        case .recovered(let dropped):
            log.info("The collector takes \(signal.noun) again", metadata: ["endpoint": "\(endpoint)", "dropped": "\(dropped)"])
        case .rejected(let spans, let message):
            log.warning(
                "The collector took a batch and rejected some of its \(signal.noun)",
                metadata: ["endpoint": "\(endpoint)", "rejected": "\(spans)", "detail": "\(message)"])
        case .overflowing(let dropped):
            log.warning(
                "\(signal.rawValue) come faster than the collector takes them; \(signal.remedy)",
                metadata: ["endpoint": "\(endpoint)", "dropped": "\(dropped)"])
        }
    }

    /// At the end of the export.
    func leftOver(_ spans: Int) {
        guard spans > 0 else { return }
        log.warning("\(signal.rawValue) were left over at shutdown", metadata: ["endpoint": "\(endpoint)", "dropped": "\(spans)"])
    }

    private func metadata(_ trouble: ExportTrouble) -> Logger.Metadata {
        ["class": "\(trouble.errorClass.rawValue)", "detail": "\(trouble.detail)", "endpoint": "\(endpoint)"]
    }
}
