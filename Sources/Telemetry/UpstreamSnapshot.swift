package import Exchange

/// What has been measured of one upstream, for the admin API.
package struct UpstreamSnapshot: Sendable {
    /// One role of the upstream.
    package struct Leg: Sendable {
        package let role: Role
        /// Attempts since the start.
        package let attempts: UInt64
        /// Attempts that failed since the start, classes that have not occurred left out.
        package let errors: [ErrorClass: UInt64]
        /// 429s received since the start.
        package let rateLimited: UInt64
        /// Attempts within the last 60 s, which the percentiles are of.
        package let recent: UInt64
        /// Seconds; NaN where there was no attempt within the last 60 s. The quantiles are 0.5, 0.9, 0.95, 0.99 and 0.999.
        package let percentiles: [(quantile: Double, seconds: Double)]
    }

    /// The roles that some route gives the upstream, or that it has had.
    package let legs: [Leg]
    /// Deliveries that have not ended, in memory or spooled, and the age of the oldest in seconds, 0 where there is none.
    package let pending: Int
    package let lag: Double
    /// nil while nobody has said where to read them.
    package let gauges: UpstreamGauges?
}

extension Scrape {
    func snapshot(of upstream: Int) -> UpstreamSnapshot? {
        guard layout.upstreams.indices.contains(upstream) else { return nil }
        let legs = Role.allCases.map { Layout.Leg(upstream: upstream, role: $0) }
            .filter { layout.legs.contains($0) || figures.legs[$0.place].latency.count > 0 }
        return UpstreamSnapshot(
            legs: legs.map(snapshot), pending: pending(of: upstream), lag: lag(of: upstream), gauges: gauges?[upstream])
    }

    private func snapshot(of leg: Layout.Leg) -> UpstreamSnapshot.Leg {
        let figures = figures.legs[leg.place]
        let distribution = figures.latency.distribution(at: at)
        let errors = ErrorClass.allCases.map { ($0, figures.errors[$0.place]) }.filter { $0.1 > 0 }
        return UpstreamSnapshot.Leg(
            role: leg.role, attempts: figures.latency.count, errors: Dictionary(uniqueKeysWithValues: errors),
            rateLimited: figures.rateLimited, recent: distribution.count,
            percentiles: Self.quantiles.map { ($0, distribution.quantile($0)) })
    }
}
