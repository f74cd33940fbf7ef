import Exchange
import Policy
import Testing

@Suite struct RetryScheduleTests {
    private func outcome(_ errorClass: ErrorClass?, status: Int? = nil, retryAfter: Duration? = nil) -> AttemptOutcome {
        var outcome = AttemptOutcome(startedAt: MonotonicTime(nanoseconds: 0))
        outcome.errorClass = errorClass
        outcome.status = status
        outcome.retryAfter = retryAfter
        return outcome
    }

    private func settings(_ change: (inout RetrySettings) -> Void = { _ in }) -> RetrySettings {
        var settings = RetrySettings()
        settings.attempts = 100
        change(&settings)
        return settings
    }

    /// The number that `random(in:)` makes the lower bound of; it would draw again in place of 0.
    private static let lowest: UInt64 = 1

    private func next(
        _ settings: RetrySettings?, _ outcome: AttemptOutcome, attempt: Int = 1, method: String = "GET", key: Bool = false,
        elapsed: Duration = .zero, drawing number: UInt64 = .max
    ) -> Duration? {
        var generator = ScriptedGenerator(numbers: [number, number, number])
        return RetrySchedule(settings).next(
            after: outcome, attempt: attempt, method: method, hasIdempotencyKey: key, elapsed: elapsed, using: &generator)
    }

    // MARK: Whether

    private static let triggers: [RetryTrigger] = [.connect, .timeout, .reset, .status(429), .status(404), .status(302), .serverErrors]

    /// Every set of triggers against every class and a choice of statuses.
    @Test func everySetOfTriggers() {
        let statuses = [200, 204, 302, 400, 404, 408, 429, 499, 500, 501, 502, 503, 599, 600]
        var outcomes = ErrorClass.allCases.filter { ![.http4xx, .http429, .http5xx].contains($0) }.map { outcome($0) }
        outcomes += statuses.map { outcome(ErrorClass(status: $0), status: $0) }
        outcomes += [.reset, .protocol, .totalTimeout].map { outcome($0, status: 503) }
        outcomes.append(outcome(nil))
        for chosen in 0..<(1 << Self.triggers.count) {
            let on = Set(Self.triggers.indices.filter { chosen >> $0 & 1 == 1 }.map { Self.triggers[$0] })
            for outcome in outcomes {
                let expected = self.trigger(of: outcome).contains { on.contains($0) }
                if (next(settings { $0.on = on }, outcome) != nil) != expected { Issue.record("\(on) \(outcome.label) \(outcome.status ?? 0)") }
            }
        }
    }

    /// The triggers that an outcome answers to, as the contract has them.
    private func trigger(of outcome: AttemptOutcome) -> [RetryTrigger] {
        switch outcome.errorClass {
        case .dns, .connectRefused, .connectTimeout, .tls: return [.connect]
        case .firstByteTimeout, .totalTimeout: return [.timeout]
        case .reset: return [.reset]
        case nil, .http4xx, .http429, .http5xx:
            guard let status = outcome.status else { return [] }
            return [.status(status)] + ([500, 502, 503, 599].contains(status) ? [.serverErrors] : [])
        default: return []
        }
    }

    @Test func onlyWhatMayBeRepeated() {
        let failed = outcome(.reset)
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
            #expect(next(settings(), failed, method: method) != nil)
            #expect(RetrySchedule.isIdempotent(method))
        }
        for method in ["POST", "PATCH", "CONNECT", "get", "Put", "PROPFIND", "", "GET "] {
            #expect(next(settings(), failed, method: method) == nil)
            #expect(next(settings(), outcome(.connectRefused), method: method) == nil)
            #expect(next(settings(), failed, method: method, key: true) != nil)
        }
    }

    @Test func asManyAttemptsAsTheSettingsSay() {
        #expect(next(nil, outcome(.reset)) == nil)
        for attempts in [-1, 0, 1, 2, 6] {
            for attempt in 1...8 {
                let again = next(settings { $0.attempts = attempts }, outcome(.reset), attempt: attempt) != nil
                #expect(again == (attempt < attempts), "\(attempt) of \(attempts)")
            }
        }
    }

    @Test func notPastTheEnd() {
        let failed = outcome(.reset, retryAfter: .seconds(2))
        let bounded = settings { $0.giveUpAfter = .seconds(10) }
        #expect(next(bounded, failed, elapsed: .milliseconds(7_999)) == .seconds(2))
        #expect(next(bounded, failed, elapsed: .seconds(8)) == nil)
        #expect(next(bounded, failed, elapsed: .seconds(11)) == nil)
        #expect(next(settings { $0.giveUpAfter = .zero }, failed) == nil)
    }

    // MARK: When

    /// The longest wait doubles from `backoff` until it meets `maxBackoff`, and stays there for any number of attempts.
    @Test func theLongestWait() {
        let settings = settings {
            $0.backoff = .milliseconds(250)
            $0.maxBackoff = .seconds(3)
            $0.attempts = .max
        }
        let expected: [(Int, Duration)] = [
            (1, .milliseconds(250)), (2, .milliseconds(500)), (3, .seconds(1)), (4, .seconds(2)), (5, .seconds(3)), (6, .seconds(3)),
            (34, .seconds(3)), (63, .seconds(3)), (64, .seconds(3)), (65, .seconds(3)), (1_000_000, .seconds(3)), (.max - 1, .seconds(3)),
        ]
        for (attempt, longest) in expected {
            #expect(next(settings, outcome(.reset), attempt: attempt) == longest, "\(attempt)")
            #expect(next(settings, outcome(.reset), attempt: attempt, drawing: Self.lowest) == .zero, "\(attempt)")
        }
    }

    @Test func settingsAtTheirEdges() {
        let far = Duration(secondsComponent: .max, attosecondsComponent: 0)
        let edges: [Duration] = [.zero, .nanoseconds(1), .seconds(1), far, .seconds(-1), Duration(secondsComponent: .min, attosecondsComponent: 0)]
        for backoff in edges {
            for maxBackoff in edges {
                for attempt in [Int.min, 0, 1, 2, 63, 64, .max - 1] {
                    let settings = settings {
                        $0.backoff = backoff
                        $0.maxBackoff = maxBackoff
                        $0.attempts = .max
                        $0.giveUpAfter = far
                    }
                    guard let wait = next(settings, outcome(.reset), attempt: attempt) else { continue }
                    #expect(wait >= .zero && wait <= max(.zero, maxBackoff))
                }
            }
        }
    }

    @Test(arguments: SeededGenerator.seeds)
    func theWholeSpanIsDrawnFrom(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let schedule = RetrySchedule(settings { $0.backoff = .seconds(1) })
        var tenths = [Int](repeating: 0, count: 10)
        for _ in 0..<5_000 {
            let wait = schedule.next(
                after: outcome(.reset), attempt: 3, method: "GET", hasIdempotencyKey: false, elapsed: .zero, using: &generator)
            guard let wait, wait >= .zero, wait <= .seconds(4) else {
                Issue.record("\(String(describing: wait))")
                continue
            }
            tenths[min(9, Int(wait / .milliseconds(400)))] += 1
        }
        #expect(tenths.allSatisfy { (350...650).contains($0) }, "\(tenths)")
    }

    @Test func retryAfterIsTheFloor() {
        let settings = settings {
            $0.backoff = .seconds(1)
            $0.maxBackoff = .seconds(30)
        }
        let asking = { (wait: Duration) in outcome(.http429, status: 429, retryAfter: wait) }
        #expect(next(settings, asking(.milliseconds(500)), drawing: Self.lowest) == .milliseconds(500))
        #expect(next(settings, asking(.milliseconds(500))) == .seconds(1))
        #expect(next(settings, asking(.seconds(20))) == .seconds(20))
        #expect(next(settings, asking(.seconds(30))) == .seconds(30))
        #expect(next(settings, asking(.nanoseconds(30_000_000_001))) == nil)
        #expect(next(settings, asking(.seconds(-5)), drawing: Self.lowest) == .zero)
        #expect(next(settings, asking(Duration(secondsComponent: .max, attosecondsComponent: 0))) == nil)
    }
}
