import Exchange

/// Traces whose spans are still coming, until each has been quiet for a while.
struct TraceShelf {
    struct Trace: Sendable {
        var id: String
        var spans: [Span] = []
        /// Spans beyond the bound.
        var dropped = 0
        var lastSpanAt: MonotonicTime
    }

    /// Traces kept at once; beyond, the one that has been quiet for longest goes first, as it is.
    let traceBound: Int
    let spanBound: Int
    let quiet: Duration
    private var traces: [String: Trace] = [:]
    private var overflowing: [Trace] = []
    /// Traces that were let go without being taken, because more went first than may wait.
    private var forgotten = 0

    init(traceBound: Int = 2_000, spanBound: Int = 200, quiet: Duration = .seconds(1)) {
        self.traceBound = traceBound
        self.spanBound = spanBound
        self.quiet = quiet
    }

    var count: Int { traces.count }

    mutating func add(_ span: Span, at now: MonotonicTime) {
        if traces[span.traceID] == nil { makeRoom() }
        var trace = traces[span.traceID] ?? Trace(id: span.traceID, lastSpanAt: now)
        trace.lastSpanAt = now
        if trace.spans.count < spanBound { trace.spans.append(span) } else { trace.dropped += 1 }
        traces[span.traceID] = trace
    }

    /// Takes out every trace that has been quiet long enough, the earliest first, and how many were let go before.
    mutating func takeQuiet(at now: MonotonicTime) -> (traces: [Trace], forgotten: Int) {
        let ready = traces.values.filter { now.nanoseconds(since: $0.lastSpanAt) >= UInt64(max(0, quiet.nanoseconds)) }
        for trace in ready { traces[trace.id] = nil }
        defer {
            overflowing = []
            forgotten = 0
        }
        return ((overflowing + ready).sorted { $0.start < $1.start }, forgotten)
    }

    private mutating func makeRoom() {
        guard traces.count >= traceBound else { return }
        // A tenth at a time, so that a flood of traces does not look for the oldest at each span.
        let oldest = traces.values.sorted { $0.lastSpanAt < $1.lastSpanAt }.prefix(max(1, traceBound / 10))
        for trace in oldest { traces[trace.id] = nil }
        overflowing += oldest
        let excess = max(0, overflowing.count - traceBound)
        overflowing.removeFirst(excess)
        forgotten += excess
    }
}

extension TraceShelf.Trace {
    var start: UInt64 { spans.map(\.start).min() ?? 0 }
    var end: UInt64 { spans.map(\.end).max() ?? 0 }
    var duration: UInt64 { end > start ? end - start : 0 }
    var hasError: Bool { spans.contains { $0.isError } }
    var hasRetry: Bool { spans.contains { $0.resendCount > 0 } }
}
