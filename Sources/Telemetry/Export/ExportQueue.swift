internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Where spans wait for the export thread: any thread puts them in, one takes them out, and no more than `bound` wait.
///
/// It is divided into shards so that event loops hardly ever meet at a lock, and the export thread takes a whole shard by
/// exchanging arrays: no lock is held for longer than one append.
final class ExportQueue<Element: Sendable>: Sendable {
    enum Offer: Sendable, Equatable {
        case queued
        /// Queued, and with it as many wait as make a batch or another share of one: time to wake the export thread.
        case due
        /// The bound is reached: dropped.
        case full
        /// Nothing is taken in any more: dropped.
        case closed
    }

    private struct State {
        var spans: [Element] = []
        var isClosed = false
    }

    /// Not an object, which would be counted at each use.
    private struct Shard: ~Copyable, Sendable {
        let state = Mutex(State())
        /// Keeps locks on different cache lines.
        private let padding = InlineArray<5, UInt64>(repeating: 0)
    }

    /// Of the number of a shard.
    private static var shardBits: Int { 3 }
    /// So many are written at a time: few enough to lie in a processor's cache still, with all that they hold, and enough that the
    /// thread's waking is nothing to each.
    static var share: Int { 64 }

    private let bound: Int
    private let batch: Int
    private let shards = InlineArray<8, Shard> { _ in Shard() }
    private let waiting = Atomic<Int>(0)

    /// - Parameters:
    ///   - bound: spans that may wait; at least 1.
    ///   - batch: spans that one request brings.
    init(bound: Int, batch: Int) {
        self.bound = max(1, bound)
        self.batch = min(max(1, batch), self.bound)
    }

    /// Spans that wait, those included that the export thread has taken out and not yet sent.
    var count: Int { waiting.load(ordering: .relaxed) }

    func offer(_ record: Element) -> Offer {
        let count = waiting.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= bound else {
            left(1)
            return .full
        }
        let isOpen = shards[ExportQueue.shardOfThread()].state.withLock { state in
            guard !state.isClosed else { return false }
            state.spans.append(record)
            return true
        }
        guard isOpen else {
            left(1)
            return .closed
        }
        return count == batch || count.isMultiple(of: ExportQueue.share) ? .due : .queued
    }

    // MARK: The export thread's side

    /// Exchanges `emptied`, which must be empty, for a shard that is not; the spans still count until `left` says so.
    func take(into emptied: inout [Element]) {
        for place in shards.indices {
            shards[place].state.withLock { swap(&$0.spans, &emptied) }
            if !emptied.isEmpty { return }
        }
    }

    /// So many spans wait no more.
    func left(_ spans: Int) { waiting.wrappingSubtract(spans, ordering: .relaxed) }

    /// Takes nothing in from now on, and answers how many spans were let go.
    func close() -> Int {
        var dropped = 0
        for place in shards.indices {
            dropped += shards[place].state.withLock { state in
                state.isClosed = true
                defer { state.spans = [] }
                return state.spans.count
            }
        }
        left(dropped)
        return dropped
    }

    /// Threads' handles are addresses of one alignment: multiplying by the golden ratio's bits spreads them.
    private static func shardOfThread() -> Int {
        let handle = UInt64(pthread_self())
        return Int((handle &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - shardBits))
    }
}
