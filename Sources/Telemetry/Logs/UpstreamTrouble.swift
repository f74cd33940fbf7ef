internal import Exchange
internal import Logging
internal import Synchronization

/// Tells in the log that deliveries to one upstream fail or are skipped, and that they succeed again: one line per interval
/// for each error class and skip reason, however many there are.
///
/// Shared by all event loops. A success costs one load while there has been no trouble; only trouble takes the lock.
final class UpstreamTrouble: Sendable {
    /// What a delivery came to grief over.
    enum Kind: Sendable, Hashable {
        case failed(ErrorClass)
        case skipped(SkipReason)

        static let all = ErrorClass.allCases.map(Kind.failed) + SkipReason.allCases.map(Kind.skipped)

        var place: Int {
            switch self {
            case .failed(let errorClass): errorClass.place
            case .skipped(let reason): ErrorClass.allCases.count + reason.place
            }
        }
    }

    private let upstream: String
    private let log: Logger
    private let repeats: Mutex<[Repeats]>
    /// From when on a success may end something, in nanoseconds; `UInt64.max` where there is no trouble.
    private let nextEnd = Atomic<UInt64>(.max)

    init(upstream: String, log: Logger, interval: Duration = .seconds(10), quiet: Duration = .seconds(10)) {
        self.upstream = upstream
        self.log = log
        repeats = Mutex(Array(repeating: Repeats(interval: interval, quiet: quiet), count: Kind.all.count))
    }

    /// A delivery failed for good with this attempt.
    func failed(_ record: AttemptRecord, route: String) {
        guard let errorClass = record.outcome.errorClass, errorClass != .cancelled else { return }
        guard let keptBack = occurred(.failed(errorClass), at: record.outcome.endedAt) else { return }
        var metadata: Logger.Metadata = [
            "upstream": "\(upstream)", "role": "\(record.role.rawValue)", "route": "\(route)", "class": "\(errorClass.rawValue)",
            "exchange_id": "\(record.story.id)", "trace_id": "\(record.story.trace.traceID)", "span_id": "\(record.spanID)",
        ]
        if let status = record.outcome.status { metadata["status"] = "\(status)" }
        if !record.outcome.detail.isEmpty { metadata["detail"] = "\(record.outcome.detail)" }
        if keptBack > 0 { metadata["kept_back"] = "\(keptBack)" }
        // What the application asked for and was refused is its own affair.
        log.log(level: errorClass == .http4xx ? .info : .warning, "a delivery failed", metadata: metadata)
    }

    /// A spooled delivery ended dead without an attempt, which would have been told of.
    func failed(_ record: DeliveryRecord, route: String, at time: MonotonicTime) {
        guard let errorClass = record.errorClass, let keptBack = occurred(.failed(errorClass), at: time) else { return }
        var metadata: Logger.Metadata = [
            "upstream": "\(upstream)", "role": "\(record.role.rawValue)", "route": "\(route)", "class": "\(errorClass.rawValue)",
            "exchange_id": "\(record.story.id)", "trace_id": "\(record.span.traceID)", "span_id": "\(record.span.spanID)",
        ]
        if keptBack > 0 { metadata["kept_back"] = "\(keptBack)" }
        log.warning("a delivery failed", metadata: metadata)
    }

    /// A delivery was never sent.
    func skipped(_ reason: SkipReason, role: Role, route: String, at time: MonotonicTime) {
        guard reason != .cancelled, let keptBack = occurred(.skipped(reason), at: time) else { return }
        var metadata: Logger.Metadata = [
            "upstream": "\(upstream)", "role": "\(role.rawValue)", "route": "\(route)", "reason": "\(reason.rawValue)",
        ]
        if keptBack > 0 { metadata["kept_back"] = "\(keptBack)" }
        log.warning("a delivery was skipped", metadata: metadata)
    }

    /// A delivery succeeded.
    func succeeded(at time: MonotonicTime) {
        guard time.nanoseconds >= nextEnd.load(ordering: .relaxed) else { return }
        let over = repeats.withLock { repeats in
            let over = Kind.all.compactMap { kind in repeats[kind.place].succeeded(at: time).map { (kind, $0) } }
            noteNextEnd(repeats)
            return over
        }
        for (kind, over) in over { tell(kind, over) }
    }

    private func occurred(_ kind: Kind, at time: MonotonicTime) -> Int? {
        repeats.withLock { repeats in
            let occurrence = repeats[kind.place].occurred(at: time)
            guard case .write(let keptBack) = occurrence else { return nil }
            noteNextEnd(repeats)
            return keptBack
        }
    }

    /// Under the lock. May lie too early, since what is kept back puts the end off: then a success looks and finds nothing.
    private func noteNextEnd(_ repeats: [Repeats]) {
        nextEnd.store(repeats.compactMap(\.endsAt).min()?.nanoseconds ?? .max, ordering: .relaxed)
    }

    private func tell(_ kind: Kind, _ over: Repeats.Over) {
        var metadata: Logger.Metadata = [
            "upstream": "\(upstream)", "occurrences": "\(over.occurrences)", "lasted_s": "\(over.lasted.seconds)",
        ]
        switch kind {
        case .failed(let errorClass): metadata["class"] = "\(errorClass.rawValue)"
        case .skipped(let reason): metadata["reason"] = "\(reason.rawValue)"
        }
        log.info("deliveries succeed again", metadata: metadata)
    }
}
