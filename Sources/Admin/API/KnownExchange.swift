internal import Exchange
internal import Spool
internal import Telemetry

/// An exchange as far as the spool knows it, as far as it is remembered in memory, or both: then the spool's word on a
/// delivery counts, and what was never spooled is added.
struct KnownExchange {
    let view: ExchangeView?
    let recent: RecentExchange?

    init(_ view: ExchangeView, _ recent: RecentExchange?) {
        self.view = view
        self.recent = recent
    }

    init(_ recent: RecentExchange) {
        view = nil
        self.recent = recent
    }

    var id: ExchangeID { view?.exchange.id ?? recent?.id ?? ExchangeID(high: 0, low: 0) }

    /// The deliveries that the spool does not know.
    var unspooled: [RecentExchange.Delivery] {
        recent?.deliveries.filter { delivery in !(view?.deliveries.contains { $0.upstream == delivery.upstream } ?? false) } ?? []
    }

    func matches(_ filter: ExchangeFilter) -> Bool {
        if let before = filter.before, !id.precedes(before) { return false }
        if let route = filter.route, route != view?.exchange.route ?? recent?.route { return false }
        guard filter.upstream != nil || filter.state != nil || filter.errorClass != nil else { return true }
        if filter.upstream == nil, filter.state == nil, view == nil, recent?.errorClass == filter.errorClass { return true }
        func match(_ upstream: String, _ state: DeliveryState, _ errorClass: ErrorClass?) -> Bool {
            filter.upstream.map { $0 == upstream } ?? true && filter.state.map { $0 == state } ?? true
                && filter.errorClass.map { $0 == errorClass } ?? true
        }
        return (view?.deliveries ?? []).contains { match($0.upstream, $0.state, $0.lastClass) }
            || unspooled.contains { match($0.upstream, $0.state, $0.lastClass) }
    }
}

extension RecentExchange.Delivery {
    var state: DeliveryState {
        switch result {
        case .delivered: .delivered
        case .dead: .dead
        case .skipped: .skipped
        case .compensated: .compensated
        case nil: .pending
        }
    }
}

/// Looks exchanges up wherever they are known.
struct ExchangeSearch {
    let live: LiveSources?
    let deliveries: DeliverySources?

    func one(_ id: ExchangeID) async throws(SpoolFault) -> KnownExchange? {
        let recent = live?.recentOne(id)
        if let view = try await deliveries?.exchange(id) { return KnownExchange(view, recent) }
        return recent.map { KnownExchange($0) }
    }

    /// Newest first, at most as many as the filter says.
    func list(_ filter: ExchangeFilter) async throws(SpoolFault) -> [KnownExchange] {
        let views = try await deliveries?.exchanges(filter) ?? []
        var recentFilter = RecentFilter()
        recentFilter.before = filter.before
        let recents = live?.recent(recentFilter) ?? []
        let byID = Dictionary(recents.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let spooled = Set(views.map(\.exchange.id))
        var added: [KnownExchange] = []
        for recent in recents where added.count < filter.limit && !spooled.contains(recent.id) {
            // The spool may know one all the same: in another state than the filter asks for.
            let known = try await deliveries?.exchange(recent.id).map { KnownExchange($0, recent) } ?? KnownExchange(recent)
            if known.matches(filter) { added.append(known) }
        }
        let all = views.map { KnownExchange($0, byID[$0.exchange.id]) } + added
        return Array(all.sorted { $1.id.precedes($0.id) }.prefix(filter.limit))
    }
}
