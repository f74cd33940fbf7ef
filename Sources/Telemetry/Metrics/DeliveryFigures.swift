internal import Exchange

/// How deliveries ended, why some were never sent, and how often calls were repeated.
struct DeliveryFigures: Sendable {
    private let routes: Int
    private let upstreams: Int
    /// Ways in which a delivery can end.
    private let ends = DeliveryResult.allCases.count
    /// By route, the last row for none, upstream and result.
    private var results: [UInt64]
    /// By upstream and reason.
    private var skips: [UInt64]
    /// By upstream and error class.
    private var retries: [UInt64]
    /// From accepted to delivered, by route and upstream.
    private var durations: [Histogram]

    init(routes: Int, upstreams: Int) {
        self.routes = routes
        self.upstreams = upstreams
        results = Array(repeating: 0, count: (routes + 1) * upstreams * ends)
        skips = Array(repeating: 0, count: upstreams * SkipReason.allCases.count)
        retries = Array(repeating: 0, count: upstreams * ErrorClass.allCases.count)
        durations = Array(repeating: Histogram(.waits), count: (routes + 1) * upstreams)
    }

    mutating func settled(_ way: Layout.Way, _ result: DeliveryResult, _ reason: SkipReason?, after nanoseconds: UInt64) {
        guard way.route.map({ 0..<routes ~= $0 }) ?? true, 0..<upstreams ~= way.upstream else { return }
        results[place(way, result)] &+= 1
        switch result {
        case .delivered: durations[place(way)].observe(nanoseconds)
        case .skipped: if let reason { skips[place(way.upstream, reason)] &+= 1 }
        case .dead, .compensated: break
        }
    }

    /// A spooled delivery has ended.
    mutating func ended(_ record: DeliveryRecord) {
        let (start, end) = (record.startedAt.nanosecondsSinceEpoch, record.endedAt.nanosecondsSinceEpoch)
        let way = Layout.Way(route: record.story.route?.index, upstream: record.upstream.index)
        settled(way, record.result, record.reason, after: end - min(start, end))
    }

    mutating func retried(_ upstream: Int, _ errorClass: ErrorClass) {
        guard 0..<upstreams ~= upstream else { return }
        retries[place(upstream, errorClass)] &+= 1
    }

    func count(_ way: Layout.Way, _ result: DeliveryResult) -> UInt64 { results[place(way, result)] }
    func hasEnded(_ way: Layout.Way) -> Bool { DeliveryResult.allCases.contains { count(way, $0) > 0 } }
    func skipped(_ upstream: Int, _ reason: SkipReason) -> UInt64 { skips[place(upstream, reason)] }
    func retries(_ upstream: Int, _ errorClass: ErrorClass) -> UInt64 { retries[place(upstream, errorClass)] }
    func durations(_ way: Layout.Way) -> Histogram { durations[place(way)] }

    private func place(_ way: Layout.Way) -> Int { (way.route ?? routes) * upstreams + way.upstream }
    private func place(_ way: Layout.Way, _ result: DeliveryResult) -> Int { place(way) * ends + result.place }
    private func place(_ upstream: Int, _ reason: SkipReason) -> Int { upstream * SkipReason.allCases.count + reason.place }
    private func place(_ upstream: Int, _ errorClass: ErrorClass) -> Int { upstream * ErrorClass.allCases.count + errorClass.place }

    mutating func merge(_ other: DeliveryFigures) {
        for place in results.indices { results[place] &+= other.results[place] }
        for place in skips.indices { skips[place] &+= other.skips[place] }
        for place in retries.indices { retries[place] &+= other.retries[place] }
        for place in durations.indices { durations[place].merge(other.durations[place]) }
    }
}
