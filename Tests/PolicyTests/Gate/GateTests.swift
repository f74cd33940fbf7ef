import Exchange
import Policy
import Testing

@Suite struct GateTests {
    private func gate(
        breaker: Bool = false, rate: RateSettings? = nil, backoff: Duration = .milliseconds(250), maxBackoff: Duration = .seconds(60)
    ) -> Gate {
        var settings = UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: ""))
        var retry = RetrySettings()
        (retry.backoff, retry.maxBackoff) = (backoff, maxBackoff)
        settings.retry = retry
        settings.rate = rate
        if breaker {
            var breaker = BreakerSettings()
            (breaker.minimum, breaker.openFor) = (2, .seconds(5))
            settings.breaker = breaker
        }
        return Gate(settings)
    }

    private struct Refused: Error {}

    private func pass(_ gate: inout Gate, at time: Duration, from caller: Gate.Caller = .spooled) throws -> Gate.Pass {
        guard case .go(let pass) = gate.enter(at: .at(time), from: caller) else { throw Refused() }
        return pass
    }

    private func refusal(_ gate: inout Gate, at time: Duration, from caller: Gate.Caller = .spooled) -> Refusal? {
        guard case .refused(let reason, let until) = gate.enter(at: .at(time), from: caller) else { return nil }
        return Refusal(reason: reason, until: until)
    }

    private struct Refusal: Equatable {
        var reason: Gate.Refusal
        var until: MonotonicTime
    }

    /// One attempt, begun and ended at the same moment.
    private func run(_ gate: inout Gate, _ outcome: AttemptOutcome, at time: Duration) throws -> [Gate.Turn] {
        gate.left(try pass(&gate, at: time, from: .primary), outcome, at: .at(time))
    }

    private func exhausted(_ reset: Duration?) -> Quota { Quota(remaining: 0, reset: reset) }

    // MARK: Pauses

    /// After a 429 spooled deliveries begin again with one, and with one more at once for each that the upstream took.
    @Test func backlogBeginsSlowly() throws {
        var gate = gate(backoff: .seconds(1))
        var running: [Gate.Pass] = []
        func fill(at time: Duration) throws -> Int {
            while running.count < 100, case .go(let pass) = gate.enter(at: .at(time), from: .spooled) { running.append(pass) }
            return running.count
        }
        #expect(try fill(at: .zero) == 100)
        _ = gate.left(running.removeLast(), .answered(429), at: .at(.zero))
        // Those under way end; what they come to after it is no leave for more than each makes room for.
        for pass in running { _ = gate.left(pass, .answered(429), at: .at(.zero)) }
        running = []
        #expect(refusal(&gate, at: .zero) == Refusal(reason: .paused, until: .at(.seconds(1))))
        #expect(try fill(at: .seconds(1)) == 1)
        #expect(refusal(&gate, at: .seconds(1)) == Refusal(reason: .paused, until: .never))
        // Only spooled deliveries can wait.
        #expect(refusal(&gate, at: .seconds(1), from: .primary) == nil)
        #expect(refusal(&gate, at: .seconds(1), from: .mirror) == nil)
        _ = gate.left(running.removeLast(), .answered(200), at: .at(.seconds(1)))
        #expect(try fill(at: .seconds(1)) == 2)
        for pass in running { _ = gate.left(pass, .answered(500), at: .at(.seconds(1))) }
        running = []
        #expect(try fill(at: .seconds(1)) == 4)
        // One that got no answer says nothing, and one that was never sent makes its room free.
        _ = gate.left(running.removeLast(), .ended(.reset), at: .at(.seconds(1)))
        gate.withdrawn(running.removeLast(), at: .at(.seconds(1)))
        #expect(try fill(at: .seconds(1)) == 4)
        _ = gate.left(running.removeLast(), .answered(429), at: .at(.seconds(1)))
        #expect(refusal(&gate, at: .seconds(2)) == Refusal(reason: .paused, until: .never))
    }

    /// At `limit.in_flight` nothing is held back any more.
    @Test func slowStartEnds() throws {
        var gate = gate(backoff: .zero)
        _ = gate.left(try pass(&gate, at: .zero, from: .primary), .answered(429), at: .at(.zero))
        for _ in 1..<UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: "")).inFlight {
            _ = gate.left(try pass(&gate, at: .seconds(1)), .answered(200), at: .at(.seconds(1)))
        }
        for _ in 0..<5000 { _ = try pass(&gate, at: .seconds(1)) }
    }

    @Test func whatPauses() throws {
        let cases: [(AttemptOutcome, Duration?)] = [
            (.answered(200), nil), (.answered(404), nil), (.answered(503), nil), (.ended(.reset), nil),
            (.answered(429, retryAfter: .seconds(7)), .seconds(7)), (.answered(503, retryAfter: .seconds(7)), .seconds(7)),
            // An asked-for end of the wait is not one that was not said.
            (.answered(429, retryAfter: .zero), nil), (.answered(429, quota: exhausted(.zero)), nil),
            (.answered(200, quota: exhausted(.seconds(9))), .seconds(9)), (.answered(500, quota: exhausted(.seconds(9))), .seconds(9)),
            (.answered(429, quota: exhausted(.seconds(9))), .seconds(9)), (.answered(200, quota: exhausted(nil)), nil),
            (.answered(200, quota: Quota(remaining: 1, reset: .seconds(9))), nil),
            // Retry-After goes before the quota, be it shorter or longer.
            (.answered(429, retryAfter: .seconds(2), quota: exhausted(.seconds(9))), .seconds(2)),
            (.answered(503, retryAfter: .seconds(20), quota: exhausted(.seconds(9))), .seconds(20)),
            // Never longer than `max_backoff`.
            (.answered(429, retryAfter: .seconds(61)), .seconds(60)), (.answered(200, quota: exhausted(.seconds(4_000))), .seconds(60)),
        ]
        for (outcome, expected) in cases {
            var gate = gate()
            let turns = try run(&gate, outcome, at: .seconds(1))
            #expect(turns == (expected.map { [.paused($0)] } ?? []), "\(outcome)")
            let end = MonotonicTime.at(.seconds(1) + (expected ?? .zero))
            #expect(refusal(&gate, at: .seconds(1)) == expected.map { _ in Refusal(reason: .paused, until: end) }, "\(outcome)")
            #expect(gate.standing(at: .at(.seconds(1))).pausedFor == expected)
        }
    }

    /// A 429 that says nothing of how long lets spooled deliveries, which can wait, rest for the first backoff, and nobody else.
    @Test func aBare429LetsWhatCanWaitRest() throws {
        let outcomes: [AttemptOutcome] = [
            .answered(429), .answered(429, quota: Quota(remaining: 3, reset: .seconds(9))), .answered(429, quota: exhausted(nil)),
        ]
        for outcome in outcomes {
            var gate = gate()
            #expect(try run(&gate, outcome, at: .seconds(1)) == [])
            #expect(refusal(&gate, at: .seconds(1)) == Refusal(reason: .paused, until: .at(.milliseconds(1250))))
            #expect(refusal(&gate, at: .seconds(1), from: .mirror) == nil)
            #expect(refusal(&gate, at: .seconds(1), from: .primary) == nil)
            #expect(refusal(&gate, at: .milliseconds(1250)) == nil)
            #expect(gate.standing(at: .at(.seconds(2))).throttledNanoseconds == 0)
        }
    }

    @Test func aPauseHoldsForMirrorsToo() throws {
        var gate = gate()
        _ = try run(&gate, .answered(429, retryAfter: .seconds(2)), at: .zero)
        #expect(refusal(&gate, at: .seconds(1), from: .mirror) == Refusal(reason: .paused, until: .at(.seconds(2))))
    }

    @Test func withoutRetrySettingsThoseOfSpooledDeliveries() throws {
        var gate = Gate(UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: "")))
        #expect(try run(&gate, .answered(429, retryAfter: .seconds(3_600)), at: .zero) == [.paused(RetrySettings.spooled.maxBackoff)])
    }

    @Test func aBackoffBeyondItsBoundIsCutToo() throws {
        var gate = gate(backoff: .seconds(5), maxBackoff: .seconds(2))
        _ = try run(&gate, .answered(429), at: .zero)
        #expect(refusal(&gate, at: .seconds(1)) == Refusal(reason: .paused, until: .at(.seconds(2))))
    }

    @Test func aPauseEnds() throws {
        var gate = gate()
        _ = try run(&gate, .answered(429, retryAfter: .seconds(2)), at: .zero)
        #expect(refusal(&gate, at: .milliseconds(1_999)) == Refusal(reason: .paused, until: .at(.seconds(2))))
        #expect(refusal(&gate, at: .milliseconds(1_999), from: .primary) == nil)
        #expect(refusal(&gate, at: .seconds(2)) == nil)
        #expect(gate.standing(at: .at(.seconds(2))).pausedFor == nil)
    }

    @Test func aLaterWordLengthensAndNeverShortens() throws {
        var gate = gate()
        #expect(try run(&gate, .answered(429, retryAfter: .seconds(10)), at: .zero) == [.paused(.seconds(10))])
        #expect(try run(&gate, .answered(429, retryAfter: .seconds(2)), at: .seconds(1)) == [])
        #expect(try run(&gate, .answered(200, quota: Quota(remaining: 5, reset: nil)), at: .seconds(1)) == [])
        #expect(refusal(&gate, at: .seconds(9)) == Refusal(reason: .paused, until: .at(.seconds(10))))
        // What grows by less than a second grows, and is not told.
        #expect(try run(&gate, .answered(429, retryAfter: .milliseconds(1_999)), at: .seconds(9)) == [])
        #expect(refusal(&gate, at: .seconds(10)) == Refusal(reason: .paused, until: .at(.milliseconds(10_999))))
        #expect(try run(&gate, .answered(429, retryAfter: .milliseconds(1_999)), at: .seconds(10)) == [.paused(.milliseconds(1_999))])
        #expect(refusal(&gate, at: .milliseconds(11_998)) == Refusal(reason: .paused, until: .at(.milliseconds(11_999))))
    }

    @Test func theStandingTellsWhatWasSaid() throws {
        var gate = gate()
        let first = gate.standing(at: .at(.seconds(5)))
        #expect(first.breaker == .closed && first.pausedFor == nil && first.quota == nil && first.throttledNanoseconds == 0)
        _ = try run(&gate, .answered(200, quota: Quota(remaining: 41, reset: .seconds(9))), at: .seconds(5))
        _ = try run(&gate, .answered(429, retryAfter: .seconds(4)), at: .seconds(6))
        let standing = gate.standing(at: .at(.seconds(7)))
        #expect(standing.pausedFor == .seconds(3) && standing.retryAfter == .seconds(3))
        #expect(standing.quota == 41 && standing.throttledNanoseconds == 1_000_000_000)
        #expect(gate.standing(at: .at(.seconds(70))).throttledNanoseconds == 4_000_000_000)
    }

    /// Random pauses over one another, asked about at random: the time counted is that of their union, to the nanosecond.
    @Test(arguments: SeededGenerator.seeds) func theUnionOfPausesIsExact(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for run in 0..<400 {
            var gate = gate(backoff: .nanoseconds(5), maxBackoff: .nanoseconds(40))
            // Every nanosecond on its own.
            var isPaused = [Bool](repeating: false, count: 1_000)
            var now = 0
            var end = 0
            for _ in 0..<40 {
                now += Int.random(in: 0...20, using: &generator)
                if Bool.random(using: &generator) {
                    let asked = Int.random(in: 0...60, using: &generator)
                    _ = try self.run(&gate, .answered(429, retryAfter: .nanoseconds(asked)), at: .nanoseconds(now))
                    for place in now..<now + min(asked, 40) { isPaused[place] = true }
                    end = max(end, now + min(asked, 40))
                }
                guard Bool.random(using: &generator) else { continue }
                let standing = gate.standing(at: .at(.nanoseconds(now)))
                let expected = isPaused[..<now].count { $0 }
                guard standing.throttledNanoseconds == expected, standing.pausedFor == (end > now ? .nanoseconds(end - now) : nil),
                    (refusal(&gate, at: .nanoseconds(now), from: .mirror) != nil) == isPaused[now]
                else { Issue.record("seed \(seed), run \(run), at \(now): \(standing), expected \(expected)"); return }
            }
            #expect(gate.standing(at: .at(.seconds(1))).throttledNanoseconds == isPaused.count { $0 })
        }
    }

    @Test func endsAreToldOutOfOrder() throws {
        var gate = gate(breaker: true, rate: RateSettings(count: 1, per: .seconds(1), burst: 9))
        let early = try pass(&gate, at: .seconds(1))
        _ = try run(&gate, .answered(429, retryAfter: .seconds(2)), at: .seconds(10))
        #expect(gate.left(early, .answered(429, retryAfter: .seconds(3)), at: .at(.seconds(5))) == [.paused(.seconds(3))])
        #expect(gate.standing(at: .at(.seconds(20))).throttledNanoseconds == 3_000_000_000)
    }

    // MARK: In which order

    @Test func aRefusedCallTakesNoToken() throws {
        var gate = gate(breaker: true, rate: RateSettings(count: 1, per: .seconds(1_000), burst: 3))
        _ = try run(&gate, .ended(.reset), at: .zero)
        let second = try pass(&gate, at: .zero)
        var turns = gate.left(second, .ended(.reset), at: .at(.zero))
        #expect(turns == [.opened])
        #expect(gate.standing(at: .at(.zero)).breaker == .open)
        for _ in 0..<5 { #expect(refusal(&gate, at: .zero) == Refusal(reason: .breakerOpen, until: .at(.seconds(5)))) }
        // One token is left, and the probe takes it.
        let probe = try pass(&gate, at: .seconds(5))
        #expect(probe.isProbe)
        #expect(gate.standing(at: .at(.seconds(5))).breaker == .halfOpen)
        turns = gate.left(probe, .answered(429, retryAfter: .seconds(9)), at: .at(.seconds(5)))
        #expect(turns == [.halfOpened, .closed, .paused(.seconds(9))])
        #expect(refusal(&gate, at: .seconds(5)) == Refusal(reason: .paused, until: .at(.seconds(14))))
        #expect(refusal(&gate, at: .seconds(5), from: .primary) == Refusal(reason: .rateLimited, until: .at(.seconds(1_000))))
    }

    @Test func aPauseGoesBeforeAnOpenBreaker() throws {
        var gate = gate(breaker: true)
        _ = try run(&gate, .ended(.reset), at: .zero)
        #expect(try run(&gate, .answered(503, retryAfter: .seconds(3)), at: .zero) == [.opened, .paused(.seconds(3))])
        #expect(refusal(&gate, at: .zero) == Refusal(reason: .paused, until: .at(.seconds(3))))
        #expect(refusal(&gate, at: .zero, from: .primary) == Refusal(reason: .breakerOpen, until: .at(.seconds(5))))
        #expect(refusal(&gate, at: .seconds(3)) == Refusal(reason: .breakerOpen, until: .at(.seconds(5))))
    }

    @Test func aProbeWithoutATokenLetsAnotherGo() throws {
        var gate = gate(breaker: true, rate: RateSettings(count: 1, per: .seconds(10), burst: 2))
        _ = try run(&gate, .ended(.reset), at: .zero)
        _ = try run(&gate, .ended(.reset), at: .zero)
        #expect(refusal(&gate, at: .seconds(6)) == Refusal(reason: .rateLimited, until: .at(.seconds(10))))
        #expect(try pass(&gate, at: .seconds(10)).isProbe)
    }

    // MARK: What never went out

    @Test func theWithdrawnGivesBackTokenAndProbe() throws {
        for isTold in [true, false] {
            var gate = gate(breaker: true, rate: RateSettings(count: 1, per: .seconds(1_000), burst: 3))
            _ = try run(&gate, .ended(.reset), at: .zero)
            _ = try run(&gate, .ended(.reset), at: .zero)
            let probe = try pass(&gate, at: .seconds(5))
            #expect(refusal(&gate, at: .seconds(5))?.reason == .breakerOpen)
            if isTold {
                let turns = gate.left(probe, .ended(.rateLimited, awaitedConnection: true), at: .at(.seconds(5)))
                #expect(turns == [.halfOpened])
            } else {
                gate.withdrawn(probe, at: .at(.seconds(5)))
            }
            let second = try pass(&gate, at: .seconds(5))
            #expect(second.isProbe)
            #expect(gate.left(second, .ended(.reset), at: .at(.seconds(5))) == (isTold ? [.opened] : [.halfOpened, .opened]))
            #expect(gate.standing(at: .at(.seconds(5))).breaker == .open)
        }
    }

    @Test func everyTurnIsToldOnceAndInOrder() throws {
        var gate = gate(breaker: true)
        let late = try pass(&gate, at: .zero)
        _ = try run(&gate, .ended(.reset), at: .zero)
        #expect(try run(&gate, .ended(.reset), at: .zero) == [.opened])
        let probe = try pass(&gate, at: .seconds(5))
        #expect(gate.left(late, .answered(200), at: .at(.seconds(5))) == [.halfOpened])
        #expect(gate.left(probe, .ended(.reset), at: .at(.seconds(5))) == [.opened])
        #expect(try run(&gate, .answered(200), at: .seconds(10)) == [.halfOpened, .closed])
        #expect(try run(&gate, .answered(200), at: .seconds(10)) == [])
    }

    @Test func withoutSettingsEverythingPasses() throws {
        var gate = gate()
        for time in 0..<1_000 {
            let pass = try pass(&gate, at: .milliseconds(time))
            #expect(!pass.isProbe)
            #expect(gate.left(pass, .ended(.connectRefused), at: .at(.milliseconds(time))) == [])
        }
        #expect(gate.standing(at: .at(.seconds(1))).breaker == .closed)
    }
}
