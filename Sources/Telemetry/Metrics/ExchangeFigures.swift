internal import Exchange

/// How long exchanges took, by route, method and status.
struct ExchangeFigures: Sendable {
    struct Series: Sendable {
        /// nil where no route matched.
        let route: RouteID?
        /// Places of `MethodLabel` and `StatusLabel`.
        let method: Int
        let status: Int
        var durations: Histogram
    }

    private(set) var series: [Series] = []
    private let routes: Int
    /// For each route (0: none) and method, where each status has its series; empty until the first, negative for none.
    private var places: [[Int32]]

    init(routes: Int) {
        self.routes = routes
        places = Array(repeating: [], count: (routes + 1) * MethodLabel.names.count)
    }

    mutating func ended(_ record: ExchangeRecord) {
        let story = record.story
        let place = place(
            route: story.route, method: MethodLabel.place(story.method), status: StatusLabel.place(record.status ?? StatusLabel.clientGone))
        let nanoseconds = record.endedAt.nanoseconds(since: story.startedAt.monotonic)
        guard story.isSampled else { return series[place].durations.observe(nanoseconds) }
        series[place].durations.observe(
            Histogram.Exemplar(
                traceID: story.trace.traceID, spanID: story.trace.spanID, nanoseconds: nanoseconds,
                at: story.startedAt.wall(at: record.endedAt)))
    }

    private mutating func place(route: RouteID?, method: Int, status: Int) -> Int {
        var row = 0
        if let route, 0..<routes ~= route.index { row = route.index + 1 }
        let table = row * MethodLabel.names.count + method
        if places[table].isEmpty { places[table] = Array(repeating: -1, count: StatusLabel.count) }
        if places[table][status] < 0 {
            places[table][status] = Int32(truncatingIfNeeded: series.count)
            series.append(Series(route: row > 0 ? route : nil, method: method, status: status, durations: Histogram()))
        }
        return Int(places[table][status])
    }

    mutating func merge(_ other: ExchangeFigures) {
        for one in other.series {
            series[place(route: one.route, method: one.method, status: one.status)].durations.merge(one.durations)
        }
    }
}
