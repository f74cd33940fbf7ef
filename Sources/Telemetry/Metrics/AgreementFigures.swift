internal import Exchange

/// What came of comparing mirrors' answers with the primary's.
struct AgreementFigures: Sendable {
    private let routes: Int
    private let upstreams: Int
    /// By route, upstream and result.
    private var results: [UInt64]

    init(routes: Int, upstreams: Int) {
        self.routes = routes
        self.upstreams = upstreams
        results = Array(repeating: 0, count: routes * upstreams * AgreementResult.allCases.count)
    }

    mutating func compared(_ way: Layout.Way, _ result: AgreementResult) {
        guard let place = place(way, result) else { return }
        results[place] &+= 1
    }

    func count(_ way: Layout.Way, _ result: AgreementResult) -> UInt64 { place(way, result).map { results[$0] } ?? 0 }

    mutating func merge(_ other: AgreementFigures) {
        for place in results.indices { results[place] &+= other.results[place] }
    }

    private func place(_ way: Layout.Way, _ result: AgreementResult) -> Int? {
        guard let route = way.route, 0..<routes ~= route, 0..<upstreams ~= way.upstream else { return nil }
        return (route * upstreams + way.upstream) * AgreementResult.allCases.count + result.place
    }
}

extension AgreementResult {
    fileprivate var place: Int {
        switch self {
        case .match: 0
        case .status: 1
        case .headers: 2
        case .body: 3
        }
    }
}
