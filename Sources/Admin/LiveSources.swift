package import Exchange
package import Telemetry

/// What the API asks of what the sidecar remembers in memory, and sees as it happens.
package struct LiveSources: Sendable {
    /// Exchanges that ended lately, newest first.
    package var recent: @Sendable (RecentFilter) -> [RecentExchange]
    package var recentOne: @Sendable (ExchangeID) -> RecentExchange?
    /// Oldest first.
    package var history: @Sendable () -> [HistoryPoint]
    /// nil where as many listen as may.
    package var follow: @Sendable (RecentFilter, _ wake: @escaping @Sendable () -> Void) -> TapSubscription?

    package init(
        recent: @escaping @Sendable (RecentFilter) -> [RecentExchange], recentOne: @escaping @Sendable (ExchangeID) -> RecentExchange?,
        history: @escaping @Sendable () -> [HistoryPoint],
        follow: @escaping @Sendable (RecentFilter, _ wake: @escaping @Sendable () -> Void) -> TapSubscription?
    ) {
        self.recent = recent
        self.recentOne = recentOne
        self.history = history
        self.follow = follow
    }

    package init(_ telemetry: Telemetry) {
        self.init(
            recent: { telemetry.recent($0) }, recentOne: { telemetry.recent($0) }, history: { telemetry.historyPoints },
            follow: { telemetry.follow($0, wake: $1) })
    }
}
