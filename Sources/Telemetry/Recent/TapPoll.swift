internal import Exchange

/// Follows the ends of exchanges from a moment on. One that has ended is held back until each of its route's deliveries has,
/// for at most a second, so that mirrors that end soon after it are told with it.
struct TapPoll: Sendable {
    static let longestHold: UInt64 = 1_000_000_000
    /// Exchanges held back; those over it are told at once.
    static let mostHeld = 2000

    private struct Held: Sendable {
        let end: RecentNotes.End
        var exchange: RecentExchange
    }

    /// By recorder.
    private var cursors: [UInt64]
    private var held: [Held] = []

    init(from cursors: [UInt64]) { self.cursors = cursors }

    /// What has ended since the last look, oldest first, and how many went by without having been seen.
    mutating func look(_ recents: Recents, at now: MonotonicTime) -> (ended: [RecentExchange], missed: Int) {
        guard !held.isEmpty || recents.totals != cursors else { return ([], 0) }
        let notes = recents.copies(endsSince: cursors)
        let missed = zip(notes.indices, notes).reduce(0) { missed, pair in
            let seen = pair.0 < cursors.count ? cursors[pair.0] : 0
            return missed + Int(clamping: pair.1.total - seen) - pair.1.ends.count
        }
        cursors = notes.map(\.total)
        let fresh = notes.flatMap(\.ends).sorted { $0.endedAt < $1.endedAt }
        guard !fresh.isEmpty || !held.isEmpty else { return ([], missed) }
        let ids = Set(held.map(\.end.story.id) + fresh.map(\.story.id))
        let join = RecentJoin(notes, layout: recents.layout) { ids.contains($0) }
        for place in held.indices { held[place].exchange.update(join.exchange(held[place].end)) }
        held += fresh.map { Held(end: $0, exchange: join.exchange($0)) }
        let excess = held.count - TapPoll.mostHeld
        var (told, kept): ([RecentExchange], [Held]) = ([], [])
        for (place, one) in held.enumerated() {
            let isDue = place < excess || now.nanoseconds(since: one.end.endedAt) >= TapPoll.longestHold
            if isDue || one.exchange.isWhole(in: recents.layout) { told.append(one.exchange) } else { kept.append(one) }
        }
        held = kept
        return (told, missed)
    }
}

extension RecentExchange.Delivery {
    /// Whether it has ended and its attempts are known: that of one whose answer is compared is noted after its end.
    fileprivate var isWhole: Bool { result != nil && !(result == .delivered && attempts.isEmpty) }
}

extension RecentExchange {
    /// Whether every delivery that its route makes has ended.
    fileprivate func isWhole(in layout: Layout) -> Bool {
        guard let route = story.route else { return true }
        return layout.ways.filter { $0.route == route.index }.allSatisfy { way in
            let name = layout.upstreams[way.upstream]
            return deliveries.contains { $0.upstream == name && $0.isWhole }
        }
    }

    /// Takes over what is newly known; what recorders have forgotten meanwhile stays.
    fileprivate mutating func update(_ newer: RecentExchange) {
        let names = Set(newer.deliveries.map(\.upstream))
        deliveries = deliveries.filter { !names.contains($0.upstream) } + newer.deliveries.map { delivery in
            guard let known = deliveries.first(where: { $0.upstream == delivery.upstream }) else { return delivery }
            var merged = delivery.attempts.count >= known.attempts.count ? delivery : known
            if merged.result == nil { merged.result = delivery.result ?? known.result }
            return merged
        }
    }
}
