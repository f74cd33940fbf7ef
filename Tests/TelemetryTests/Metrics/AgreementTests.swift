import Exchange
import Testing

@testable import Telemetry

@Suite struct AgreementFigureTests {
    private let ways = [Layout.Way(route: 0, upstream: 1), Layout.Way(route: 1, upstream: 1)]

    @Test func countsByWayAndResult() {
        var (one, other) = (AgreementFigures(routes: 2, upstreams: 2), AgreementFigures(routes: 2, upstreams: 2))
        for result in [AgreementResult.match, .match, .body] { one.compared(ways[0], result) }
        other.compared(ways[1], .status)
        other.compared(ways[0], .match)
        one.merge(other)
        #expect(AgreementResult.allCases.map { one.count(ways[0], $0) } == [3, 0, 0, 1])
        #expect(AgreementResult.allCases.map { one.count(ways[1], $0) } == [0, 1, 0, 0])
    }

    @Test func whatTheConfigurationDoesNotHaveIsNotCounted() {
        var figures = AgreementFigures(routes: 1, upstreams: 1)
        for way in [Layout.Way(route: nil, upstream: 0), .init(route: 1, upstream: 0), .init(route: 0, upstream: 1), .init(route: 0, upstream: -1)] {
            figures.compared(way, .match)
            #expect(figures.count(way, .match) == 0)
        }
        #expect(figures.count(.init(route: 0, upstream: 0), .match) == 0)
    }
}
