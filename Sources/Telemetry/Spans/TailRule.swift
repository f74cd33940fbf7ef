internal import Exchange
internal import Synchronization

/// Keeps traces that the sampler passed over and that turn out to matter: holds their spans back until one of them fails, is
/// turned away or is slow, and gives them all out then. What it gives out keeps the flags of the sampler's decision, which the
/// upstreams were told.
///
/// Shared by all event loops: the lock is held for one look at a dictionary, and only where a span is not sampled.
final class TailRule: Sendable {
    /// Spans that were not sampled, by what became of them.
    struct Snapshot: Sendable, Equatable {
        /// Given out.
        var kept: UInt64 = 0
        /// Nothing happened that keeps them.
        var dropped: UInt64 = 0
        /// They had to go before their time, since `telemetry.tail.buffer` was full.
        var overflowed: UInt64 = 0
    }

    private struct State {
        var buffer: TailBuffer
        var counts = Snapshot()
    }

    private let settings: TailSettings
    private let now: @Sendable () -> MonotonicTime
    private let state: Mutex<State>

    init(_ settings: TailSettings, now: @escaping @Sendable () -> MonotonicTime) {
        self.settings = settings
        self.now = now
        state = Mutex(State(buffer: TailBuffer(bound: settings.buffer, wait: settings.wait)))
    }

    func snapshot() -> Snapshot { state.withLock { $0.counts } }

    /// Takes the record of a span in that is not sampled, and answers which are to be exported now: none, or the exchange's that
    /// have come so far.
    func take(_ record: SpanRecord) -> [SpanRecord] {
        let (matters, time) = (settings.keeps(record), now())
        return state.withLock { state in
            let taken = matters ? state.buffer.keep(record, at: time) : state.buffer.hold(record, at: time)
            state.counts.kept &+= UInt64(taken.kept.count)
            state.counts.dropped &+= UInt64(taken.expired)
            state.counts.overflowed &+= UInt64(taken.overflowed)
            return taken.kept
        }
    }

    /// A delivery in memory has ended: its exchange does not wait for it any more.
    func settled(_ exchange: ExchangeID, _ upstream: UpstreamID) {
        let time = now()
        state.withLock { $0.buffer.settled(exchange, upstream, at: time) }
    }
}

extension TailSettings {
    /// Whether this span is a reason to keep its trace.
    func keeps(_ record: SpanRecord) -> Bool {
        switch record {
        case .exchange(let record):
            let isSlow = record.endedAt.nanoseconds(since: record.story.startedAt.monotonic) > bound
            return isSlow || keeps(record.errorClass, record.status, isError: ServerOutcome(record).isError) || keeps(record.events)
        case .attempt(let record):
            let isSlow = record.outcome.endedAt.nanoseconds(since: record.outcome.startedAt) > bound
            return isSlow || keeps(record.outcome.errorClass, record.outcome.status, isError: false) || keeps(record.events)
        case .delivery(let record):
            let (start, end) = (record.startedAt.nanosecondsSinceEpoch, record.endedAt.nanosecondsSinceEpoch)
            return end - min(start, end) > bound || keeps(record.errorClass, nil, isError: record.result == .dead) || keeps(record.events)
        }
    }

    private var bound: UInt64 { UInt64(max(0, slowerThan.nanoseconds)) }

    private func keeps(_ errorClass: ErrorClass?, _ status: Int?, isError: Bool) -> Bool {
        if errorClass == .http429 || errorClass == .rateLimited || status == 429 { return rateLimited }
        return errors && (errorClass != nil || isError)
    }

    private func keeps(_ events: [SpanEvent]) -> Bool {
        disagreements && events.contains { $0.name == "pantograph.disagreement" }
    }
}
