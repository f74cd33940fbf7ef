internal import Exchange

/// How long attempts took, as the HTTP conventions divide them: kept only where metrics go to a collector.
struct ClientFigures: Sendable {
    struct Series: Hashable, Sendable {
        let leg: Layout.Leg
        /// Place of `MethodLabel`.
        let method: Int
        /// nil where no status line arrived.
        let status: Int?
        let errorClass: ErrorClass?
    }

    private(set) var durations: [Series: Histogram] = [:]

    mutating func ended(_ record: AttemptRecord, at leg: Layout.Leg) {
        let outcome = record.outcome
        // What RFC 9110 knows no class of is no status, so that no upstream can make series without end.
        let status = outcome.status.flatMap { 100...599 ~= $0 ? $0 : nil }
        let series = Series(leg: leg, method: MethodLabel.place(record.story.method), status: status, errorClass: outcome.errorClass)
        durations[series, default: Histogram()].observe(outcome.endedAt.nanoseconds(since: outcome.startedAt))
    }

    mutating func merge(_ other: ClientFigures) {
        for (series, histogram) in other.durations { durations[series, default: Histogram()].merge(histogram) }
    }
}
