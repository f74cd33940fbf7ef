internal import Exchange

/// Everything counted on the way of calls: one for each event loop, and their sum at a scrape.
struct Figures: Sendable {
    private(set) var exchanges: ExchangeFigures
    /// By `Layout.Leg.place`.
    private(set) var legs: [LegFigures]
    var deliveries: DeliveryFigures
    var agreement: AgreementFigures
    /// nil where metrics do not go to a collector.
    private(set) var clients: ClientFigures?
    /// Connections closed at once since `limits.connections` were open.
    var connectionsRefused: UInt64 = 0

    init(_ layout: Layout) {
        exchanges = ExchangeFigures(routes: layout.routes.count)
        legs = Array(repeating: LegFigures(), count: layout.upstreams.count * Role.allCases.count)
        deliveries = DeliveryFigures(routes: layout.routes.count, upstreams: layout.upstreams.count)
        agreement = AgreementFigures(routes: layout.routes.count, upstreams: layout.upstreams.count)
        clients = layout.divides ? ClientFigures() : nil
    }

    mutating func ended(_ record: ExchangeRecord) { exchanges.ended(record) }

    mutating func ended(_ record: AttemptRecord) {
        let leg = Layout.Leg(upstream: record.upstream.index, role: record.role)
        guard legs.indices.contains(leg.place) else { return }
        legs[leg.place].ended(record)
        clients?.ended(record, at: leg)
    }

    mutating func merge(_ other: Figures) {
        exchanges.merge(other.exchanges)
        for place in legs.indices { legs[place].merge(other.legs[place]) }
        deliveries.merge(other.deliveries)
        agreement.merge(other.agreement)
        if let others = other.clients { clients?.merge(others) }
        connectionsRefused &+= other.connectionsRefused
    }
}
