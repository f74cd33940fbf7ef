internal import Exchange

/// What came of one request to the collector.
enum CollectorAnswer: Sendable, Equatable {
    /// - Parameter retryAfter: what `Retry-After` asks for, nil without one.
    case status(Int, retryAfter: Duration?, body: [UInt8])
    /// - Parameter mayRetry: whether another try can end differently.
    case failed(ErrorClass, detail: String, mayRetry: Bool)
}

/// What to do about it (OTLP/HTTP, "OTLP/HTTP Response").
enum ExportDecision: Sendable, Equatable {
    /// Taken, but for `rejected` spans, which must not be sent again.
    case accepted(rejected: Int, message: String)
    /// Never to be taken: dropped.
    case refused(ExportTrouble)
    /// To be sent again, not before `after` where the collector says so.
    case again(after: Duration?, ExportTrouble)

    /// - Parameter spans: how many the request carried.
    init(_ answer: CollectorAnswer, spans: Int) {
        switch answer {
        case .status(200..<300, _, let body):
            let partial = PartialSuccess(body)
            self = .accepted(rejected: min(spans, max(0, partial.rejectedSpans)), message: partial.message)
        case .status(let status, let retryAfter, _):
            let trouble = ExportTrouble(errorClass: ErrorClass(status: status) ?? .protocol, detail: "it answered \(status)")
            self = [429, 502, 503, 504].contains(status) ? .again(after: retryAfter, trouble) : .refused(trouble)
        case .failed(let errorClass, let detail, let mayRetry):
            let trouble = ExportTrouble(errorClass: errorClass, detail: detail)
            self = mayRetry ? .again(after: nil, trouble) : .refused(trouble)
        }
    }
}

/// Why spans don't reach the collector.
struct ExportTrouble: Sendable, Equatable {
    var errorClass: ErrorClass
    /// For people; never a secret.
    var detail: String

    /// Nothing listens there, or the name is unknown: to try again at once is no use.
    var isAbsence: Bool { errorClass == .connectRefused || errorClass == .dns }
}

/// How long to wait between tries: exponential, with jitter, so that many sidecars do not come back at one moment.
struct ExportBackoff: Sendable {
    /// The first wait is between this and its double.
    var first: Duration = .seconds(1)
    var longest: Duration = .seconds(30)
    /// A batch that has not been taken so long after its first try is dropped.
    var giveUpAfter: Duration = .seconds(300)
    /// What a collector may ask for by `Retry-After`; more counts as this.
    var longestAsked: Duration = .seconds(300)

    /// - Parameters:
    ///   - failures: tries that failed in a row, at least 1.
    ///   - random: 0…1.
    func delay(after failures: Int, random: Double) -> Duration {
        // 2^20 times anything sensible is beyond `longest`.
        let ceiling = min(longest.seconds, first.seconds * Double(2 << min(max(1, failures) - 1, 20)))
        return .nanoseconds(Int64(ceiling * (0.5 + 0.5 * random) * 1e9))
    }
}
