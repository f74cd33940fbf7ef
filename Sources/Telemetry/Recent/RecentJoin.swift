internal import Exchange

/// Puts together what recorders remember, by exchange: an attempt may have been noted elsewhere than its exchange's end, and
/// long after it.
struct RecentJoin {
    private let layout: Layout
    private var attempts: [ExchangeID: [RecentNotes.Attempt]] = [:]
    private var settlements: [ExchangeID: [RecentNotes.Settlement]] = [:]

    /// - Parameter isWanted: of which exchanges.
    init(_ notes: [RecentNotes.Copy], layout: Layout, isWanted: (ExchangeID) -> Bool) {
        self.layout = layout
        for attempt in notes.flatMap(\.attempts) where isWanted(attempt.story.id) { attempts[attempt.story.id, default: []].append(attempt) }
        for settlement in notes.flatMap(\.settlements) where isWanted(settlement.story.id) {
            settlements[settlement.story.id, default: []].append(settlement)
        }
    }

    func exchange(_ end: RecentNotes.End) -> RecentExchange {
        var exchange = RecentExchange(
            story: end.story, route: layout.name(of: end.story.route), status: end.status, errorClass: end.errorClass,
            endedAt: end.endedAt, requestBytes: end.requestBytes, responseBytes: end.responseBytes)
        exchange.redaction = layout.redaction
        exchange.deliveries = deliveries(of: end.story.id)
        return exchange
    }

    private func deliveries(of id: ExchangeID) -> [RecentExchange.Delivery] {
        var deliveries: [Int: RecentExchange.Delivery] = [:]
        func change(_ upstream: UpstreamID, _ role: Role, _ change: (inout RecentExchange.Delivery) -> Void) {
            let isKnown = deliveries[upstream.index] != nil
            guard isKnown || deliveries.count < RecentBounds.mostDeliveries else { return }
            change(&deliveries[upstream.index, default: .init(upstream: layout.name(of: upstream), role: role)])
        }
        let inOrder = (attempts[id] ?? []).sorted { $0.startedAt < $1.startedAt }
        // Where there are too many, how it ended matters more than how it began.
        for attempt in inOrder.suffix(RecentBounds.mostAttempts) {
            change(attempt.upstream, attempt.role) { $0.take(attempt) }
        }
        for settlement in (settlements[id] ?? []).sorted(by: { $0.at < $1.at }) {
            change(settlement.upstream, settlement.role) { $0.take(settlement) }
        }
        return deliveries.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension RecentExchange.Delivery {
    fileprivate mutating func take(_ attempt: RecentNotes.Attempt) {
        attempts.append(
            RecentExchange.Attempt(
                number: attempt.number, startedAt: attempt.startedAt, firstByteAt: attempt.firstByteAt, endedAt: attempt.endedAt,
                status: attempt.status, errorClass: attempt.errorClass, detail: attempt.detail))
        guard let result = attempt.result else { return }
        self.result = result
        settledAt = attempt.endedAt
    }

    fileprivate mutating func take(_ settlement: RecentNotes.Settlement) {
        result = settlement.result
        reason = settlement.reason
        errorClass = settlement.errorClass
        settledAt = settlement.at
    }
}

extension RecentNotes {
    /// What a recorder remembers, as it stood at one time.
    struct Copy: Sendable {
        var ends: [End]
        var attempts: [Attempt]
        var settlements: [Settlement]
        /// Exchanges that ever ended.
        var total: UInt64
    }

    /// - Parameter number: ends that came after the first so many.
    func copy(endsSince number: UInt64 = 0) -> Copy {
        Copy(ends: ends.since(number), attempts: attempts.all, settlements: settlements.all, total: ends.total)
    }
}
