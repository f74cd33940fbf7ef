package import Exchange

extension Telemetry {
    /// The exchanges that ended lately, newest first.
    package func recent(_ filter: RecentFilter = RecentFilter()) -> [RecentExchange] { recents.list(filter) }

    /// One of them; nil where it has not ended yet, or is remembered no longer.
    package func recent(_ id: ExchangeID) -> RecentExchange? { recents.one(id) }

    /// A point each 10 s of the last 15 minutes, oldest first; empty until `start` has been followed by an interval.
    package var historyPoints: [HistoryPoint] { history.points }

    /// Follows exchanges as they end, from now on; nil where eight listen already.
    ///
    /// - Parameter wake: called when there is something to take after there was nothing; on any thread.
    package func follow(_ filter: RecentFilter, wake: @escaping @Sendable () -> Void) -> TapSubscription? {
        tap.subscribe(filter, wake: wake)
    }

    /// Adds a point to the history.
    func sampleHistory() {
        let scrape = scrape()
        let upstreams = scrape.layout.upstreams.enumerated().compactMap { place, name in scrape.snapshot(of: place).map { (name, $0) } }
        history.add(upstreams, at: scrape.at, wall: scrape.wall)
    }
}
