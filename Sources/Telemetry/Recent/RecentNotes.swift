internal import Exchange

/// What one recorder remembers of the exchanges that passed it lately: three rings, of ends, attempts and settlements, that
/// are put together only when somebody asks. To remember one costs a few words written and a reference taken.
struct RecentNotes: Sendable {
    struct End: Sendable {
        let story: ExchangeStory
        let endedAt: MonotonicTime
        let status: Int?
        let errorClass: ErrorClass?
        let requestBytes: Int
        let responseBytes: Int
    }

    struct Attempt: Sendable {
        let story: ExchangeStory
        let upstream: UpstreamID
        let role: Role
        /// 1 for the first.
        let number: Int
        let startedAt: MonotonicTime
        let firstByteAt: MonotonicTime?
        let endedAt: MonotonicTime
        let status: Int?
        let errorClass: ErrorClass?
        let detail: String
        /// Where it settled the delivery.
        let result: DeliveryResult?
    }

    struct Settlement: Sendable {
        let story: ExchangeStory
        let upstream: UpstreamID
        let role: Role
        let result: DeliveryResult
        let reason: SkipReason?
        let errorClass: ErrorClass?
        let at: MonotonicTime
    }

    private(set) var ends: Ring<End>
    private(set) var attempts: Ring<Attempt>
    private(set) var settlements: Ring<Settlement>

    init(_ bounds: RecentBounds) {
        ends = Ring(bound: bounds.exchanges)
        attempts = Ring(bound: bounds.exchanges * bounds.attempts)
        settlements = Ring(bound: bounds.exchanges * bounds.deliveries)
    }

    mutating func ended(_ record: ExchangeRecord) {
        ends.append(
            End(
                story: record.story, endedAt: record.endedAt, status: record.status, errorClass: record.errorClass,
                requestBytes: record.requestBodyBytes, responseBytes: record.responseBodyBytes))
    }

    mutating func ended(_ record: AttemptRecord) {
        attempts.append(
            Attempt(
                story: record.story, upstream: record.upstream, role: record.role, number: record.resendCount + 1,
                startedAt: record.outcome.startedAt, firstByteAt: record.outcome.firstByteAt, endedAt: record.outcome.endedAt,
                status: record.outcome.status, errorClass: record.outcome.errorClass, detail: record.outcome.detail,
                result: record.deliveryResult))
    }

    mutating func ended(_ record: DeliveryRecord) {
        settlements.append(
            Settlement(
                story: record.story, upstream: record.upstream, role: record.role, result: record.result, reason: record.reason,
                errorClass: record.errorClass, at: record.endedAtMonotonic))
    }

    mutating func settled(
        _ story: ExchangeStory, _ upstream: Int, _ role: Role, _ result: DeliveryResult, _ reason: SkipReason?, at time: MonotonicTime
    ) {
        settlements.append(
            Settlement(
                story: story, upstream: UpstreamID(upstream), role: role, result: result, reason: reason, errorClass: nil, at: time))
    }
}

/// How much is remembered of recent exchanges, by each recorder.
struct RecentBounds: Sendable {
    static let mostDeliveries = 16
    static let mostAttempts = 32

    let exchanges: Int
    /// For each of them on average: as many as a route has upstreams, and twice as many attempts.
    let deliveries: Int
    let attempts: Int

    init(exchanges: Int, layout: Layout) {
        let ways = Dictionary(grouping: layout.ways, by: \.route).values.map(\.count)
        self.exchanges = max(0, exchanges)
        deliveries = min(RecentBounds.mostDeliveries, max(1, ways.max() ?? 1))
        attempts = min(RecentBounds.mostAttempts, 2 * deliveries)
    }
}
