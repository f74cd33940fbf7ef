internal import Synchronization

/// What became of spans on their way to the collector. Written by the exporter, and on event loops where spans are dropped
/// there, which is why the counts are atomic.
final class ExportFigures: Sendable {
    struct Snapshot: Sendable {
        var exported: UInt64 = 0
        var rejected: UInt64 = 0
        var dropped: UInt64 = 0
        /// Of each request to the collector, the failed ones too.
        var durations = Histogram()
    }

    private let exported = Atomic<UInt64>(0)
    private let rejected = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)
    private let durations = Mutex(Histogram())

    func tell(_ result: ExportResult) {
        switch result {
        case .exported(let spans, let seconds):
            add(spans, to: exported)
            observe(seconds)
        case .rejected(let spans): add(spans, to: rejected)
        case .dropped(let spans): add(spans, to: dropped)
        case .failedTry(let seconds): observe(seconds)
        }
    }

    func snapshot() -> Snapshot {
        Snapshot(
            exported: exported.load(ordering: .relaxed), rejected: rejected.load(ordering: .relaxed),
            dropped: dropped.load(ordering: .relaxed), durations: durations.withLock { $0 })
    }

    private func add(_ spans: Int, to count: borrowing Atomic<UInt64>) {
        count.wrappingAdd(UInt64(max(0, spans)), ordering: .relaxed)
    }

    private func observe(_ seconds: Double) {
        guard seconds.isFinite else { return }
        let nanoseconds = UInt64(min(max(0, seconds), 1e9) * 1e9)
        durations.withLock { $0.observe(nanoseconds) }
    }
}
