import Exchange
import Testing

@testable import Policy

@Suite struct AgreementLedgerTests {
    private let exchange = ExchangeID(high: 1, low: 2)
    private let trace = TraceID(high: 1, low: 2)

    private func body(_ paths: String...) -> Agreement {
        Agreement(result: .body, differences: paths.map { Difference(path: $0, primary: "1", mirror: "2") })
    }

    @Test func countsByResultAndByPath() throws {
        var ledger = AgreementLedger()
        let trace = try #require(trace)
        for agreement in [.match, .match, body("/a", "/b"), body("/a")] { ledger.take(agreement, exchange, trace) }
        ledger.take(.queueFull)
        #expect(AgreementResult.allCases.map { ledger.count($0) } == [2, 0, 0, 2])
        #expect(Uncompared.allCases.map { ledger.count($0) } == [0, 0, 1, 0, 0])
        #expect(ledger.paths(50).map(\.example.path) == ["/a", "/b"] && ledger.paths(50).map(\.count) == [2, 1])
        #expect(ledger.paths(1).map(\.example.path) == ["/a"])
    }

    @Test func pathsThatDifferOftenAreFoundAmongManyThatDifferOnce() throws {
        var ledger = AgreementLedger()
        let trace = try #require(trace)
        for number in 0..<10 * AgreementLedger.bound {
            ledger.take(body("/once/\(number)"), exchange, trace)
            if number.isMultiple(of: 10) { ledger.take(body("/often"), exchange, trace) }
        }
        #expect(ledger.paths(.max).count == AgreementLedger.bound)
        #expect(ledger.paths(1).first?.example.path == "/often" && ledger.paths(1).first?.count == UInt64(AgreementLedger.bound))
    }
}

@Suite struct NoisePathsTests {
    private func body(_ paths: String...) -> Agreement {
        Agreement(result: .body, differences: paths.map { Difference(path: $0, primary: "1", mirror: "2") })
    }

    private func time(_ seconds: Int) -> MonotonicTime { MonotonicTime.now().advanced(by: .seconds(1_000_000)).advanced(by: .seconds(seconds)) }

    @Test func isIgnoredForAWhileFromWhenItWasLastSeen() {
        let start = time(0)
        var noise = NoisePaths()
        noise.learn(body("/t", "/u"), at: start)
        noise.learn(body("/t"), at: start.advanced(by: .seconds(1800)))
        noise.learn(.match, at: start.advanced(by: .seconds(1801)))
        #expect(noise.compared == 3)
        #expect(noise.ignored(at: start.advanced(by: .seconds(3599))).map(\.path) == ["/t", "/u"])
        #expect(noise.ignored(at: start.advanced(by: .seconds(3600))).map(\.path) == ["/t"])
        #expect(noise.ignored(at: start.advanced(by: .seconds(5400))).isEmpty)
    }

    @Test func neitherAStatusNorAWholeBodyIsLearnt() {
        var noise = NoisePaths()
        noise.learn(Agreement(result: .status, differences: [Difference(path: "status", primary: "200", mirror: "500")]), at: time(0))
        noise.learn(body("body"), at: time(0))
        #expect(noise.ignored(at: time(0)).isEmpty)
        noise.learn(Agreement(result: .headers, differences: [Difference(path: "header x-id", primary: "1", mirror: "2")]), at: time(0))
        #expect(noise.ignored(at: time(0)).map(\.path) == ["header x-id"])
    }

    @Test func isBounded() {
        let start = time(0)
        var noise = NoisePaths()
        for number in 0..<NoisePaths.bound + 50 { noise.learn(body("/\(number)"), at: start.advanced(by: .seconds(number))) }
        let paths = noise.ignored(at: start.advanced(by: .seconds(300))).map(\.path)
        #expect(paths.count == NoisePaths.bound && !paths.contains("/49") && paths.contains("/50"))
    }
}
