/// Which traces are worth a person's time when there are more than can be read: errors first, then retries, then the slowest.
struct TraceChoice {
    var shown: [TraceShelf.Trace]
    var hidden = 0
    var hiddenWithErrors = 0

    /// - Parameters:
    ///   - forgotten: traces that nobody kept, hidden for that reason.
    ///   - limit: traces that are shown at most; they keep their order.
    init(_ traces: [TraceShelf.Trace], forgotten: Int = 0, limit: Int) {
        hidden = forgotten
        guard traces.count > limit else {
            shown = traces
            return
        }
        let ranked = traces.indices.sorted { TraceChoice.rank(traces[$0]) > TraceChoice.rank(traces[$1]) }
        let chosen = Set(ranked.prefix(limit))
        shown = traces.indices.filter(chosen.contains).map { traces[$0] }
        let rest = traces.indices.filter { !chosen.contains($0) }
        hidden += rest.count
        hiddenWithErrors = rest.count { traces[$0].hasError }
    }

    private static func rank(_ trace: TraceShelf.Trace) -> (Int, Int, UInt64) {
        (trace.hasError ? 1 : 0, trace.hasRetry ? 1 : 0, trace.duration)
    }

    /// What was left out, in words; nil where nothing was.
    var remark: String? {
        guard hidden > 0 else { return nil }
        let errors = hiddenWithErrors > 0 ? ", \(hiddenWithErrors) of them with errors" : ""
        return "… and \(hidden) more traces\(errors)"
    }
}
