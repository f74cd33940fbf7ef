internal import Exchange
internal import Policy
internal import Synchronization

/// A route whose mirrors are compared with its primary, and what has come of it so far.
final class ComparedRoute: Sendable {
    struct Book: Sendable {
        var ledgers: [UpstreamID: AgreementLedger] = [:]
        var noise = NoisePaths()
    }

    let route: RouteID
    let settings: AgreementSettings
    private let comparison: AnswerComparison
    private let book = Mutex(Book())
    /// Of each so many safe calls the primary gets one twice; 0 for none.
    private let noisePeriod: Int
    private let safeCalls = Atomic<Int>(0)

    init(_ route: RouteID, _ settings: AgreementSettings, _ redaction: Redaction) {
        self.route = route
        self.settings = settings
        comparison = AnswerComparison(settings, redaction: redaction)
        noisePeriod = settings.noise > 0 ? max(1, Int(min((1 / settings.noise).rounded(), 1e9))) : 0
    }

    /// Whether answers to this call are compared.
    func takes(using random: inout some RandomNumberGenerator) -> Bool {
        settings.sample >= 1 || Double.random(in: 0..<1, using: &random) < settings.sample
    }

    /// Whether the primary gets this call twice: the first safe one, so that what differs by itself is known early, and from
    /// there on evenly.
    func probes(_ request: RequestHead) -> Bool {
        guard noisePeriod > 0, request.method == "GET" || request.method == "HEAD", case .none = request.bodyLength else { return false }
        return safeCalls.wrappingAdd(1, ordering: .relaxed).oldValue % noisePeriod == 0
    }

    /// Compares a mirror's answer with the primary's; nil where that can't be done, which is counted.
    func compare(_ primary: WholeAnswer, _ mirror: WholeAnswer, of upstream: UpstreamID, _ story: ExchangeStory) -> Agreement? {
        switch compared(primary, mirror) {
        case .success(let agreement):
            book.withLock { $0.ledgers[upstream, default: AgreementLedger()].take(agreement, story.id, story.trace.traceID) }
            return agreement
        case .failure(let refusal):
            uncompared(upstream, refusal.reason)
            return nil
        }
    }

    /// Learns from two answers of the primary to the same call.
    func learn(_ primary: WholeAnswer, _ again: WholeAnswer) {
        // With what is known already: it has to be seen to differ again, or it is forgotten.
        guard case .success(let agreement) = compared(primary, again, ignoringNoise: false) else { return }
        book.withLock { $0.noise.learn(agreement, at: .now()) }
    }

    func uncompared(_ upstream: UpstreamID, _ reason: Uncompared) {
        book.withLock { $0.ledgers[upstream, default: AgreementLedger()].take(reason) }
    }

    /// What has come of it so far, and what is ignored now.
    func read() -> (ledgers: [UpstreamID: AgreementLedger], ignored: [NoisePaths.Entry], probes: UInt64) {
        book.withLock { ($0.ledgers, $0.noise.ignored(at: .now()), $0.noise.compared) }
    }

    private struct Refusal: Error {
        let reason: Uncompared
    }

    private func compared(_ primary: WholeAnswer, _ mirror: WholeAnswer, ignoringNoise: Bool = true) -> Result<Agreement, Refusal> {
        guard let left = ContentCoding.undone(primary, within: settings.maxBody),
            let right = ContentCoding.undone(mirror, within: settings.maxBody)
        else { return .failure(Refusal(reason: .encoding)) }
        let noise = ignoringNoise ? book.withLock { $0.noise.ignored(at: .now()).map(\.path) } : []
        return comparison.compare(left, right, noise: noise).map { .success($0) } ?? .failure(Refusal(reason: .tooComplex))
    }
}
