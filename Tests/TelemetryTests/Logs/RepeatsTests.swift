import Exchange
import Testing
@testable import Telemetry

@Suite struct RepeatsTests {
    private enum Step { case fails(Double, Repeats.Occurrence), succeeds(Double, Repeats.Over?) }

    private func run(_ repeats: Repeats = Repeats(interval: .seconds(10), quiet: .seconds(5)), _ steps: [Step]) {
        var repeats = repeats
        for (number, step) in steps.enumerated() {
            switch step {
            case .fails(let at, let wanted): #expect(repeats.occurred(at: Fixture.seconds(at)) == wanted, "step \(number)")
            case .succeeds(let at, let wanted): #expect(repeats.succeeded(at: Fixture.seconds(at)) == wanted, "step \(number)")
            }
        }
    }

    @Test func theFirstAtOnceThenOnePerInterval() {
        run(steps: [
            .fails(100, .write(keptBack: 0)), .fails(100, .keepBack), .fails(109.9, .keepBack), .fails(110, .write(keptBack: 2)),
            .fails(111, .keepBack), .fails(150, .write(keptBack: 1)), .fails(160, .write(keptBack: 0)),
        ])
    }

    private func run(steps: [Step]) { run(Repeats(interval: .seconds(10), quiet: .seconds(5)), steps) }

    @Test func itIsOverWithASuccessAfterQuiet() {
        run(steps: [
            .succeeds(99, nil), .fails(100, .write(keptBack: 0)), .succeeds(101, nil), .fails(103, .keepBack), .succeeds(107.9, nil),
            .succeeds(108, .init(occurrences: 2, lasted: .seconds(3))), .succeeds(109, nil), .fails(110, .write(keptBack: 0)),
        ])
    }

    @Test func withoutQuietTheNextSuccessEndsIt() {
        run(
            Repeats(interval: .seconds(10), quiet: .zero),
            [
                .fails(100, .write(keptBack: 0)), .fails(101, .keepBack), .succeeds(101, .init(occurrences: 2, lasted: .seconds(1))),
                .fails(101, .write(keptBack: 0)), .succeeds(102, .init(occurrences: 1, lasted: .zero)),
            ])
    }

    @Test func timesOutOfOrderDoNoHarm() {
        run(steps: [
            .fails(100, .write(keptBack: 0)), .fails(50, .keepBack), .succeeds(60, nil), .fails(112, .write(keptBack: 1)),
            .succeeds(117, .init(occurrences: 3, lasted: .seconds(12))),
        ])
    }

    /// However failures and successes mix, lines are at most one per interval and one per spell, and every failure is told of.
    @Test(arguments: 1...6) func linesAreFewAndTellOfEverything(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var repeats = Repeats(interval: .seconds(10), quiet: .seconds(5))
        var (now, lines, failures, told) = (1000.0, 0, 0, 0)
        while now < 2000 {
            now += Double(random.next() % 1000) / 10_000
            if random.next() % 4 == 0 {
                failures += 1
                if case .write = repeats.occurred(at: Fixture.seconds(now)) { lines += 1 }
            } else if let over = repeats.succeeded(at: Fixture.seconds(now)) {
                lines += 1
                told += over.occurrences
            }
        }
        if repeats.isGoingOn {
            let over = repeats.succeeded(at: Fixture.seconds(now + 10))
            told += over?.occurrences ?? 0
        }
        #expect(failures > 1_000)
        #expect(told == failures, "seed \(seed)")
        #expect(lines <= 1000 / 5 + 2, "seed \(seed)")
        #expect(!repeats.isGoingOn)
        #expect(repeats.endsAt == nil)
    }
}

@Suite(.timeLimit(.minutes(1))) struct UpstreamTroubleTests {
    private func lines(_ body: (Recorder) -> Void) async throws -> [[String: Any]] {
        let capture = try Capture()
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: capture.descriptor, now: { Fixture.after(1) })
        telemetry.start()
        // Two loops: what one has told, the other keeps back.
        body(telemetry.makeRecorder())
        body(telemetry.makeRecorder())
        await telemetry.shutdown()
        return try capture.objects
    }

    private func attempt(
        _ errorClass: ErrorClass?, at: Double, result: DeliveryResult?, upstream: UpstreamID = Fixture.shipping, status: Int? = nil
    ) -> AttemptRecord {
        Fixture.attempt(
            upstream, .mirror, status: status, errorClass: errorClass, seconds: 0, firstByte: nil, from: Fixture.seconds(at),
            result: result, detail: errorClass == nil ? "" : "connection refused")
    }

    @Test func aThousandFailuresAreOneLine() async throws {
        let lines = try await lines { recorder in
            for number in 0..<1000 { recorder.attemptEnded(attempt(.connectRefused, at: 200 + Double(number) / 1000, result: .dead)) }
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line["level"] as? String == "warning")
        #expect(line["upstream"] as? String == "shipping")
        #expect(line["class"] as? String == "connect_refused")
        #expect(line["detail"] as? String == "connection refused")
        #expect(line["role"] as? String == "mirror")
        #expect(line["route"] as? String == "orders")
        for name in ["trace_id", "span_id", "exchange_id"] { #expect(line[name] is String) }
    }

    @Test func eachUpstreamAndClassHasItsOwn() async throws {
        let lines = try await lines { recorder in
            for errorClass in [ErrorClass.reset, .tls, .http5xx, .http4xx, .cancelled] {
                recorder.attemptEnded(attempt(errorClass, at: 200, result: .dead))
                recorder.attemptEnded(attempt(errorClass, at: 200, result: .dead, upstream: Fixture.inventory))
            }
        }
        #expect(lines.compactMap { $0["class"] as? String }.sorted() == ["http_4xx", "http_4xx", "http_5xx", "http_5xx", "reset", "reset", "tls", "tls"])
        #expect(lines.filter { $0["level"] as? String == "info" }.allSatisfy { $0["class"] as? String == "http_4xx" })
    }

    @Test func recoveryIsToldOnceAndLaterLinesTellWhatWasKeptBack() async throws {
        let capture = try Capture()
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: capture.descriptor)
        telemetry.start()
        let recorder = telemetry.makeRecorder()
        for at in [200.0, 201, 202, 210, 211] { recorder.attemptEnded(attempt(.reset, at: at, result: .dead)) }
        for at in [212.0, 220.9, 221, 222, 300] { recorder.attemptEnded(attempt(nil, at: at, result: .delivered, status: 200)) }
        await telemetry.shutdown()
        let lines = try capture.objects
        #expect(lines.compactMap { $0["message"] as? String } == ["a delivery failed", "a delivery failed", "deliveries succeed again"])
        #expect(lines[1]["kept_back"] as? String == "2")
        #expect(lines[2]["occurrences"] as? String == "5")
        #expect(lines[2]["lasted_s"] as? String == "11.0")
        #expect(lines[2]["class"] as? String == "reset")
    }

    @Test func anAttemptThatIsFollowedByAnotherIsNoTrouble() async throws {
        let lines = try await lines { $0.attemptEnded(attempt(.reset, at: 200, result: nil)) }
        #expect(lines.isEmpty)
    }

    @Test func skipsAreToldByReason() async throws {
        let lines = try await lines { recorder in
            for reason in [SkipReason.mirrorQueueFull, .bodyTooLarge, .cancelled] {
                for _ in 0..<50 {
                    let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.seconds(200))
                    recorder.deliverySettled(token, route: Fixture.orders, role: .mirror, result: .skipped, reason: reason, at: Fixture.seconds(200))
                }
            }
        }
        #expect(lines.compactMap { $0["reason"] as? String } == ["mirror_queue_full", "body_too_large"])
    }
}
