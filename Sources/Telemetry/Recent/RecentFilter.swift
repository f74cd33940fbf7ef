package import Exchange

/// Which recent exchanges are meant; all of them where nothing is set.
package struct RecentFilter: Sendable {
    package var route: String?
    /// Those with a delivery to it.
    package var upstream: String?
    /// Those that failed so, or with a delivery (to `upstream`, where that is set) whose last attempt did.
    package var errorClass: ErrorClass?
    /// Those that took the application at least so long.
    package var atLeastNanoseconds: UInt64 = 0
    /// Those that came before this one.
    package var before: ExchangeID?
    package var limit = Int.max

    package init() {}

    package func matches(_ exchange: RecentExchange) -> Bool {
        if let route, route != exchange.route { return false }
        if let before, !exchange.id.precedes(before) { return false }
        guard exchange.nanoseconds >= atLeastNanoseconds else { return false }
        let deliveries = exchange.deliveries.filter { upstream == nil || $0.upstream == upstream }
        if upstream != nil, deliveries.isEmpty { return false }
        guard let errorClass else { return true }
        return upstream == nil && exchange.errorClass == errorClass || deliveries.contains { $0.lastClass == errorClass }
    }
}
