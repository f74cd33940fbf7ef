internal import Exchange

/// The spans that wait for one of their exchange that keeps them. Pure: the time is passed in.
///
/// An exchange that is going on, or has deliveries that are, in memory or in the spool, is held until `wait` after the last of
/// them, for `longest` at most: whatever makes it matter late finds its first spans still there. At most `bound` spans wait, and
/// as many exchanges are remembered as kept, so that what comes late of them follows. There is no timer: what has waited too long
/// goes when something else comes.
struct TailBuffer: Sendable {
    /// What one record brought about.
    struct Taken {
        var kept: [SpanRecord] = []
        /// Spans that have waited long enough.
        var expired = 0
        /// Spans that went because there was no more room.
        var overflowed = 0
    }

    /// How long an exchange is held that goes on and on.
    static let longest: Duration = .seconds(3600)

    private struct Held {
        private(set) var records: [SpanRecord] = []
        let first: MonotonicTime
        private(set) var last: MonotonicTime
        /// Its SERVER span is still to come.
        private var isGoingOn = false
        private var hasServer = false
        /// Of deliveries that were pending when the exchange ended and are so still.
        private var pending: Set<UpstreamID> = []
        /// Of spooled deliveries that ended before it.
        private var ended: Set<UpstreamID> = []

        init(at time: MonotonicTime) { (first, last) = (time, time) }

        var isOpen: Bool { isGoingOn || !pending.isEmpty }

        mutating func append(_ record: SpanRecord, at time: MonotonicTime) {
            records.append(record)
            last = max(last, time)
            switch record {
            case .exchange(let record):
                (hasServer, isGoingOn) = (true, false)
                pending = Set(record.pending).subtracting(ended)
            // What comes from the spool has the delivery's span above it: it may be of an exchange that ended in another process.
            case .attempt(let record): if record.parentSpanID == nil, !hasServer { isGoingOn = true }
            case .delivery(let record): settled(record.upstream, at: time)
            }
        }

        mutating func settled(_ upstream: UpstreamID, at time: MonotonicTime) {
            if pending.remove(upstream) != nil { last = max(last, time) } else if !hasServer { ended.insert(upstream) }
        }
    }

    private let bound: Int
    private let wait: Duration
    private var held: [ExchangeID: Held] = [:]
    /// Each exchange in `held`, by when it got in line, and some that have left it.
    private var line = Line<(id: ExchangeID, since: MonotonicTime)>()
    private var kept: Set<ExchangeID> = []
    private var keptLine = Line<ExchangeID>()
    /// Spans in `held`.
    private(set) var count = 0

    /// - Parameter bound: at least 1.
    init(bound: Int, wait: Duration) {
        self.bound = max(1, bound)
        self.wait = wait
    }

    /// How much is remembered in all, for its bound to be seen.
    var remembered: (exchanges: Int, places: Int, kept: Int) { (held.count, line.count, keptLine.count) }

    /// Takes a span that is a reason to keep its exchange.
    mutating func keep(_ record: SpanRecord, at time: MonotonicTime) -> Taken {
        var taken = Taken()
        expire(at: time, &taken)
        let id = record.exchange
        if let before = held.removeValue(forKey: id) {
            count -= before.records.count
            taken.kept = before.records
        }
        taken.kept.append(record)
        guard kept.insert(id).inserted else { return taken }
        keptLine.append(id)
        if keptLine.count > bound, let oldest = keptLine.popFirst() { kept.remove(oldest) }
        return taken
    }

    /// Takes any other span: given back at once where its exchange is kept already.
    mutating func hold(_ record: SpanRecord, at time: MonotonicTime) -> Taken {
        var taken = Taken()
        expire(at: time, &taken)
        let id = record.exchange
        guard !kept.contains(id) else {
            taken.kept = [record]
            return taken
        }
        if held[id] == nil {
            held[id] = Held(at: time)
            getInLine(id, since: time)
        }
        held[id]?.append(record, at: time)
        count += 1
        while count > bound, let oldest = line.popFirst() { taken.overflowed += drop(oldest.id) }
        return taken
    }

    /// A delivery has ended that has no span of its own.
    mutating func settled(_ id: ExchangeID, _ upstream: UpstreamID, at time: MonotonicTime) { held[id]?.settled(upstream, at: time) }

    private mutating func getInLine(_ id: ExchangeID, since time: MonotonicTime) {
        line.append((id, time))
        // At most `bound` of them are held: the others were kept meanwhile.
        if line.count > 2 * bound { line.keep { held[$0.id] != nil } }
    }

    /// Looks at the exchanges that were put in line first. One that is open, or has had a span since, gets in line again.
    private mutating func expire(at time: MonotonicTime, _ taken: inout Taken) {
        while let (id, since) = line.first, time > since.advanced(by: wait) {
            _ = line.popFirst()
            guard let waiting = held[id] else { continue }
            if waiting.isOpen, time <= waiting.first.advanced(by: TailBuffer.longest) {
                getInLine(id, since: time)
            } else if waiting.last > since {
                getInLine(id, since: waiting.last)
            } else {
                taken.expired += drop(id)
            }
        }
    }

    private mutating func drop(_ id: ExchangeID) -> Int {
        guard let dropped = held.removeValue(forKey: id) else { return 0 }
        count -= dropped.records.count
        return dropped.records.count
    }
}

extension SpanRecord {
    var exchange: ExchangeID {
        switch self {
        case .exchange(let record): record.story.id
        case .attempt(let record): record.story.id
        case .delivery(let record): record.story.id
        }
    }
}
