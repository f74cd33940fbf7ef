import Exchange
import Policy
import Testing

/// The schedule of spooled deliveries; what it shares with that of calls in memory is tested there.
@Suite struct SpooledRetryTests {
    private func settings(_ change: (inout RetrySettings) -> Void = { _ in }) -> RetrySettings {
        var settings = RetrySettings()
        settings.attempts = 100
        change(&settings)
        return settings
    }

    /// The number that `random(in:)` makes the lower bound of.
    private static let lowest: UInt64 = 1

    private func next(
        _ settings: RetrySettings?, _ outcome: AttemptOutcome, attempt: Int = 1, elapsed: Duration = .zero, drawing number: UInt64 = .max
    ) -> Duration? {
        var generator = ScriptedGenerator(numbers: [number, number, number])
        return RetrySchedule(settings).next(afterSpooled: outcome, attempt: attempt, elapsed: elapsed, using: &generator)
    }

    @Test func whatIsTransient() {
        for errorClass in ErrorClass.allCases where !errorClass.isOfStatus {
            let isTransient = [.dns, .connectRefused, .connectTimeout, .tls, .firstByteTimeout, .totalTimeout, .reset].contains(errorClass)
            #expect((next(nil, .ended(errorClass)) != nil) == isTransient, "\(errorClass)")
        }
        for status in 100...599 {
            let isTransient = [408, 425, 429].contains(status) || status >= 500 && status != 501
            #expect((next(nil, .answered(status)) != nil) == isTransient, "\(status)")
        }
        #expect(next(settings { $0.on = [.status(404)] }, .answered(404)) != nil)
        #expect(next(settings { $0.on = [.status(404)] }, .ended(.reset)) == nil)
        #expect(next(settings { $0.on = [] }, .ended(.reset)) == nil)
    }

    @Test func attemptsAndTheEnd() {
        #expect(next(nil, .ended(.reset), attempt: 11) != nil)
        #expect(next(nil, .ended(.reset), attempt: 12) == nil)
        for attempts in [-1, 0, 1, 2, 6] {
            for attempt in 1...8 {
                #expect((next(settings { $0.attempts = attempts }, .ended(.reset), attempt: attempt) != nil) == (attempt < attempts))
            }
        }
        #expect(next(nil, .ended(.reset), elapsed: .seconds(24 * 3600 - 1)) == .milliseconds(250))
        #expect(next(nil, .ended(.reset), elapsed: .seconds(24 * 3600)) == nil)
        #expect(next(settings { $0.giveUpAfter = .seconds(10) }, .answered(503, retryAfter: .seconds(3)), elapsed: .seconds(8)) == nil)
    }

    @Test func theWaitDoublesUpToItsBound() {
        let settings = settings {
            $0.backoff = .milliseconds(250)
            $0.maxBackoff = .seconds(3)
        }
        for (attempt, longest) in [(1, 250), (2, 500), (3, 1_000), (4, 2_000), (5, 3_000), (60, 3_000)] {
            #expect(next(settings, .ended(.reset), attempt: attempt) == .milliseconds(longest))
            #expect(next(settings, .ended(.reset), attempt: attempt, drawing: Self.lowest) == .zero)
        }
    }

    @Test func retryAfterIsAFloorThatIsCut() {
        let settings = settings {
            $0.backoff = .seconds(1)
            $0.maxBackoff = .seconds(30)
        }
        let far = Duration(secondsComponent: .max, attosecondsComponent: 0)
        let cases: [(Duration, Duration)] = [
            (.seconds(-5), .zero), (.milliseconds(500), .milliseconds(500)), (.seconds(30), .seconds(30)),
            (.nanoseconds(30_000_000_001), .seconds(30)), (.seconds(3600), .seconds(30)), (far, .seconds(30)),
        ]
        for (asked, expected) in cases {
            #expect(next(settings, .answered(429, retryAfter: asked), drawing: Self.lowest) == expected, "\(asked)")
            #expect(next(settings, .answered(429, retryAfter: asked)) == max(expected, .seconds(1)), "\(asked)")
        }
        #expect(next(self.settings { $0.maxBackoff = .seconds(-1) }, .answered(429, retryAfter: .seconds(5))) == .zero)
    }

    @Test func whatIsDelivered() {
        let on = RetrySettings.spooled.on
        for status in 100...599 { #expect(RetrySchedule.isDelivered(.answered(status), on: on) == (status < 400), "\(status)") }
        #expect(!RetrySchedule.isDelivered(.answered(202), on: [.status(202)]))
        #expect(RetrySchedule.isDelivered(.answered(200), on: [.status(202), .connect, .serverErrors]))
        #expect(!RetrySchedule.isDelivered(.ended(), on: on))
        // An answer that broke off is none.
        for errorClass in [ErrorClass.reset, .protocol, .totalTimeout, .cancelled] {
            #expect(!RetrySchedule.isDelivered(.ended(errorClass, status: 200), on: on))
        }
    }
}
