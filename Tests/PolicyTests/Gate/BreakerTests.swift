import Exchange
import Policy
import Testing

@Suite struct BreakerTests {
    static let failures: Set<ErrorClass> = [
        .dns, .connectRefused, .connectTimeout, .tls, .firstByteTimeout, .totalTimeout, .reset, .protocol, .http5xx,
    ]
    static let successes: Set<ErrorClass?> = [nil, .http4xx, .http429]

    private func settings(ratio: Double = 0.5, window: Duration = .seconds(10), minimum: Int = 4, openFor: Duration = .seconds(5)) -> BreakerSettings {
        var settings = BreakerSettings()
        (settings.failureRatio, settings.window, settings.minimum, settings.openFor) = (ratio, window, minimum, openFor)
        return settings
    }

    private func pass(_ breaker: inout Breaker, at time: Duration) throws -> Breaker.Pass {
        guard case .go(let pass) = breaker.enter(at: .at(time)) else {
            Issue.record("refused at \(time)")
            throw Refused()
        }
        return pass
    }

    private struct Refused: Error {}

    /// One attempt after the other at the same moment.
    private func run(_ breaker: inout Breaker, _ outcomes: [AttemptOutcome], at time: Duration) throws {
        for outcome in outcomes { _ = breaker.left(try pass(&breaker, at: time), outcome, at: .at(time)) }
    }

    private func open(_ settings: BreakerSettings, at time: Duration) throws -> Breaker {
        var breaker = Breaker(settings)
        try run(&breaker, Array(repeating: .ended(.reset), count: settings.minimum), at: time)
        return breaker
    }

    @Test func theNumbersOfTheMetric() {
        #expect(Breaker.State.allCases.map(\.rawValue) == [0, 1, 2])
        #expect([Breaker.State.closed, .halfOpen, .open].map(\.rawValue) == [0, 1, 2])
    }

    // MARK: Opening

    /// Every number of attempts and failures, in the order that has the failures last, and with each ratio.
    @Test(arguments: [0.1, 0.25, 0.3, 0.5, 0.7, 1.0]) func opensAtTheRatio(ratio: Double) throws {
        for minimum in [1, 3, 10] {
            for count in 1...20 {
                for failed in 0...count {
                    var breaker = Breaker(settings(ratio: ratio, minimum: minimum))
                    var opened: Int?
                    for number in 1...count {
                        guard case .go(let pass) = breaker.enter(at: .at(.zero)) else { break }
                        let outcome: AttemptOutcome = number > count - failed ? .ended(.reset) : .answered(200)
                        if breaker.left(pass, outcome, at: .at(.zero)) == .open { opened = number }
                    }
                    let expected = (1...count).first { number in
                        let failures = max(0, number - (count - failed))
                        return number >= minimum && failures > 0 && Double(failures) / Double(number) >= ratio
                    }
                    if opened != expected { Issue.record("\(failed) of \(count), minimum \(minimum), ratio \(ratio): opened at \(opened ?? 0)") }
                }
            }
        }
    }

    @Test func whatCountsAsFailure() throws {
        for errorClass in ErrorClass.allCases.map({ Optional($0) }) + [nil] {
            var breaker = Breaker(settings(minimum: 1))
            let turned = breaker.left(try pass(&breaker, at: .zero), .ended(errorClass), at: .at(.zero))
            let isFailure = errorClass.map { Self.failures.contains($0) } ?? false
            #expect((turned == .open) == isFailure, "\(errorClass?.rawValue ?? "success")")
            // What is no failure is a success, which counts among the attempts, or counts for nothing.
            var half = Breaker(settings(ratio: 0.5, minimum: 2))
            try run(&half, [.ended(errorClass)], at: .zero)
            let second = half.left(try pass(&half, at: .zero), .ended(.reset), at: .at(.zero))
            #expect((second == .open) == (isFailure || Self.successes.contains(errorClass)), "\(errorClass?.rawValue ?? "success")")
        }
    }

    @Test func whatWasNeverOnTheWireCountsForNothing() throws {
        for errorClass in [ErrorClass.rateLimited, .cancelled, .connectTimeout] {
            var breaker = Breaker(settings(minimum: 1))
            #expect(breaker.left(try pass(&breaker, at: .zero), .ended(errorClass, awaitedConnection: true), at: .at(.zero)) == nil)
            #expect(breaker.state(at: .at(.zero)) == .closed)
        }
    }

    @Test func whatIsLongAgoIsForgotten() throws {
        var breaker = Breaker(settings(minimum: 4))
        try run(&breaker, [.ended(.reset), .ended(.reset), .ended(.reset)], at: .zero)
        try run(&breaker, [.ended(.reset)], at: .seconds(10))
        #expect(breaker.state(at: .at(.seconds(10))) == .closed)
        try run(&breaker, [.ended(.reset), .ended(.reset)], at: .milliseconds(19_900))
        #expect(breaker.state(at: .at(.milliseconds(19_900))) == .closed)
        try run(&breaker, [.ended(.reset)], at: .milliseconds(19_999))
        #expect(breaker.state(at: .at(.milliseconds(19_999))) == .open)
    }

    @Test func anEndThatIsToldLateCountsAmongTheNewest() throws {
        var breaker = Breaker(settings(minimum: 2))
        let late = try pass(&breaker, at: .seconds(3))
        try run(&breaker, [.ended(.reset)], at: .seconds(50))
        #expect(breaker.left(late, .ended(.reset), at: .at(.seconds(4))) == .open)
    }

    // MARK: Half-open

    @Test func staysOpenAndThenLetsOneThrough() throws {
        var breaker = try open(settings(), at: .seconds(1))
        for time in [1_000, 1_001, 5_999] {
            #expect(breaker.enter(at: .at(.milliseconds(time))) == .refused(until: .at(.seconds(6))))
            #expect(breaker.state(at: .at(.milliseconds(time))) == .open)
        }
        #expect(breaker.state(at: .at(.seconds(6))) == .halfOpen)
        let probe = try pass(&breaker, at: .seconds(6))
        #expect(probe.isProbe)
        #expect(breaker.enter(at: .at(.seconds(6))) == .refused(until: .at(.milliseconds(6_500))))
        #expect(breaker.enter(at: .at(.seconds(60))) == .refused(until: .at(.milliseconds(60_500))))
        #expect(breaker.state(at: .at(.seconds(60))) == .halfOpen)
    }

    @Test func aProbeTellsWhatFollows() throws {
        for errorClass in ErrorClass.allCases.map({ Optional($0) }) + [nil] {
            var breaker = try open(settings(), at: .zero)
            let probe = try pass(&breaker, at: .seconds(5))
            let turned = breaker.left(probe, .ended(errorClass), at: .at(.seconds(7)))
            if errorClass.map({ Self.failures.contains($0) }) ?? false {
                #expect(turned == .open)
                #expect(breaker.enter(at: .at(.milliseconds(11_999))) == .refused(until: .at(.seconds(12))))
                #expect(try pass(&breaker, at: .seconds(12)).isProbe)
            } else if Self.successes.contains(errorClass) {
                #expect(turned == .closed)
                #expect(try !pass(&breaker, at: .seconds(7)).isProbe)
            } else {
                #expect(turned == nil && breaker.state(at: .at(.seconds(7))) == .halfOpen)
                #expect(try pass(&breaker, at: .seconds(7)).isProbe)
            }
        }
    }

    @Test func aProbeThatWasNotMadeLetsAnotherGo() throws {
        var breaker = try open(settings(), at: .zero)
        breaker.withdrawn(try pass(&breaker, at: .seconds(5)))
        let second = try pass(&breaker, at: .seconds(5))
        #expect(second.isProbe)
        #expect(breaker.left(second, .ended(.rateLimited, awaitedConnection: true), at: .at(.seconds(5))) == nil)
        let third = try pass(&breaker, at: .seconds(5))
        #expect(breaker.left(third, .answered(200), at: .at(.seconds(6))) == .closed)
    }

    @Test func closingForgetsWhatWas() throws {
        var breaker = try open(settings(minimum: 4), at: .zero)
        _ = breaker.left(try pass(&breaker, at: .seconds(5)), .answered(200), at: .at(.seconds(5)))
        try run(&breaker, [.ended(.reset), .ended(.reset), .ended(.reset)], at: .seconds(5))
        #expect(breaker.state(at: .at(.seconds(5))) == .closed)
        try run(&breaker, [.ended(.reset)], at: .seconds(5))
        #expect(breaker.state(at: .at(.seconds(5))) == .open)
    }

    /// An attempt of an earlier era changes nothing in any later one, however it ends.
    @Test func latecomersChangeNothing() throws {
        for outcome in [AttemptOutcome.ended(.reset), .answered(200), .ended(.cancelled)] {
            var breaker = Breaker(settings(minimum: 1))
            let late = try (0..<4).map { _ in try pass(&breaker, at: .zero) }
            try run(&breaker, [.ended(.reset)], at: .zero)
            #expect(breaker.left(late[0], outcome, at: .at(.seconds(1))) == nil)
            #expect(breaker.enter(at: .at(.seconds(1))) == .refused(until: .at(.seconds(5))))
            let probe = try pass(&breaker, at: .seconds(5))
            #expect(breaker.left(late[1], outcome, at: .at(.seconds(5))) == nil)
            #expect(breaker.state(at: .at(.seconds(5))) == .halfOpen)
            #expect(breaker.enter(at: .at(.seconds(5))) == .refused(until: .at(.milliseconds(5_500))))
            #expect(breaker.left(probe, .answered(204), at: .at(.seconds(6))) == .closed)
            #expect(breaker.left(late[2], outcome, at: .at(.seconds(6))) == nil)
            breaker.withdrawn(late[3])
            #expect(breaker.state(at: .at(.seconds(6))) == .closed)
        }
    }

    @Test func settingsAtTheirEdges() throws {
        let far = Duration(secondsComponent: .max, attosecondsComponent: 0)
        for duration in [far, .zero, .nanoseconds(1), .seconds(-1), Duration(secondsComponent: .min, attosecondsComponent: 0)] {
            for minimum in [Int.min, 0, 1] {
                for ratio in [-1, 0, 1, 0.5] {
                    var breaker = Breaker(settings(ratio: ratio, window: duration, minimum: minimum, openFor: duration))
                    #expect(breaker.left(try pass(&breaker, at: .zero), .answered(200), at: .at(.zero)) == nil)
                    for time in [UInt64(0), 1, .max] {
                        let now = MonotonicTime(nanoseconds: time)
                        guard case .go(let pass) = breaker.enter(at: now) else { continue }
                        _ = breaker.left(pass, .ended(.reset), at: now)
                    }
                }
            }
        }
        var never = Breaker(settings(ratio: .nan, minimum: 1))
        try run(&never, Array(repeating: .ended(.reset), count: 10), at: .zero)
        #expect(never.state(at: .at(.zero)) == .closed)
    }

    @Test func nobodyAsksWithoutEnd() throws {
        var breaker = try open(settings(openFor: .zero), at: .zero)
        _ = try pass(&breaker, at: .zero)
        #expect(breaker.enter(at: .at(.zero)) == .refused(until: .at(.milliseconds(1))))
    }
}
