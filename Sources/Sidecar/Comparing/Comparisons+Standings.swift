internal import Admin
internal import Exchange
internal import Policy

extension Comparisons {
    /// Paths that are shown of one mirror.
    private static let shownPaths = 50

    func standings(_ settings: Settings) -> [AgreementStanding] {
        routes.compactMap { $0 }.compactMap { compared in
            let route = settings.routes[compared.route.index]
            guard let primary = route.primary else { return nil }
            let (ledgers, ignored, probes) = compared.read()
            return AgreementStanding(
                route: route.name, primary: settings.upstreams[primary.index].name, probes: probes,
                ignored: ignored.map { AgreementStanding.Noise(path: $0.path, count: $0.count) },
                mirrors: route.mirrors.map { mirror(settings.upstreams[$0.index].name, ledgers[$0] ?? AgreementLedger()) })
        }
    }

    private func mirror(_ name: String, _ ledger: AgreementLedger) -> AgreementStanding.Mirror {
        AgreementStanding.Mirror(
            upstream: name, counts: Dictionary(uniqueKeysWithValues: AgreementResult.allCases.map { ($0, ledger.count($0)) }),
            uncompared: Uncompared.allCases.map { ($0.rawValue, ledger.count($0)) }.filter { $0.1 > 0 },
            paths: ledger.paths(Comparisons.shownPaths).map { path in
                AgreementStanding.Path(
                    path: path.example.path, result: path.result, count: path.count, primary: path.example.primary,
                    mirror: path.example.mirror, exchange: path.exchange, trace: path.trace)
            })
    }
}
