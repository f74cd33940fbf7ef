import Exchange
import Synchronization
import Testing
@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct GateLogTests {
    /// A clock that tests set.
    private final class Clock: Sendable {
        private let time = Mutex(Fixture.after(0))
        var now: MonotonicTime { time.withLock { $0 } }
        func set(_ seconds: Double) { time.withLock { $0 = Fixture.after(seconds) } }
    }

    /// The lines that steps make, each at its second.
    private func lines(_ steps: [(at: Double, step: (Telemetry) -> Void)]) async throws -> [[String: Any]] {
        let (capture, clock) = (try Capture(), Clock())
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: capture.descriptor, now: { clock.now })
        telemetry.start()
        for (at, step) in steps {
            clock.set(at)
            step(telemetry)
        }
        await telemetry.shutdown()
        return try capture.objects
    }

    private func turned(_ state: BreakerState, _ upstream: UpstreamID = Fixture.shipping) -> (Telemetry) -> Void {
        { $0.breakerTurned(upstream: upstream, to: state) }
    }

    private func paused(_ duration: Duration, _ upstream: UpstreamID = Fixture.shipping) -> (Telemetry) -> Void {
        { $0.upstreamPaused(upstream: upstream, for: duration) }
    }

    private func messages(_ lines: [[String: Any]]) -> [String] { lines.compactMap { $0["message"] as? String } }

    @Test func aBreakerThatOpensAndClosesIsTwoLines() async throws {
        let lines = try await lines([(0, turned(.open)), (5, turned(.halfOpen)), (5.5, turned(.closed))])
        #expect(messages(lines) == ["the breaker opened", "the breaker closed"])
        #expect(lines.map { $0["level"] as? String } == ["warning", "info"])
        #expect(lines.allSatisfy { $0["upstream"] as? String == "shipping" })
        #expect(lines[0]["kept_back"] == nil)
        #expect(lines[1]["occurrences"] as? String == "1")
        #expect(lines[1]["lasted_s"] as? String == "5.5")
    }

    /// Down for an hour: a probe fails every second, and the log tells so every 10 s.
    @Test func oneThatOpensAgainAfterEachProbeIsToldOncePerInterval() async throws {
        let probes = (1...3600).flatMap { [(Double($0), turned(.halfOpen)), (Double($0), turned(.open))] }
        let lines = try await lines([(0, turned(.open))] + probes + [(3601, turned(.closed))])
        #expect(lines.count == 1 + 360 + 1)
        #expect(lines[1]["kept_back"] as? String == "9")
        #expect(lines.last?["message"] as? String == "the breaker closed")
        #expect(lines.last?["occurrences"] as? String == "3601")
        #expect(lines.last?["lasted_s"] as? String == "3601.0")
    }

    @Test func closingWithoutHavingOpenedSaysNothing() async throws {
        #expect(try await lines([(0, turned(.closed)), (1, turned(.halfOpen)), (2, turned(.closed))]).isEmpty)
    }

    @Test func eachUpstreamHasItsOwn() async throws {
        let lines = try await lines([
            (0, turned(.open)), (1, turned(.open, Fixture.inventory)), (2, paused(.seconds(1))), (2, paused(.seconds(1), Fixture.inventory)),
            (3, turned(.closed, Fixture.inventory)), (4, turned(.closed)),
        ])
        #expect(lines.compactMap { $0["upstream"] as? String } == ["shipping", "inventory", "shipping", "inventory", "inventory", "shipping"])
    }

    @Test func aPauseIsOneLineHoweverOftenItIsAskedFor() async throws {
        let lines = try await lines([
            (0, paused(.seconds(30))), (1, paused(.seconds(30))), (20, paused(.seconds(30))), (49, paused(.seconds(1))), (50, paused(.seconds(2.5))),
        ])
        #expect(messages(lines) == ["the upstream asked for a pause", "the upstream asked for a pause"])
        #expect(lines.map { $0["pause_s"] as? String } == ["30.0", "2.5"])
        #expect(lines.allSatisfy { $0["level"] as? String == "warning" && $0["kept_back"] == nil })
    }

    @Test func shortPausesAreToldOncePerInterval() async throws {
        let lines = try await lines((0..<1000).map { (Double($0) / 10, paused(.milliseconds(50))) })
        #expect(lines.count == 10)
        #expect(lines[1]["kept_back"] as? String == "99")
    }

    @Test func whatIsNoPauseOrNoUpstreamOfOursSaysNothingAndOneWithoutEndIsHeld() async throws {
        let nothing = [Duration.zero, .seconds(-1)].map { (0.0, paused($0)) } + [-1, 2].flatMap { place in
            [(0.0, turned(.open, UpstreamID(place))), (0.0, paused(.seconds(1), UpstreamID(place)))]
        }
        #expect(try await lines(nothing).isEmpty)
        #expect(try await lines([(0, paused(.seconds(Int64.max))), (86_400, paused(.seconds(1)))]).count == 1)
    }

    @Test func theSpoolsTroubleIsAnErrorAndItsEndALine() async throws {
        let lines = try await lines([
            (0, { $0.spoolFailing(description: "The spool /var/spool/p can't be written: the disk is full", code: "disk_full") }),
            (1, { $0.spoolRecovered() }),
        ])
        #expect(messages(lines) == ["the spool fails", "the spool works again"])
        #expect(lines.map { $0["level"] as? String } == ["error", "info"])
        #expect(lines[0]["code"] as? String == "disk_full")
        #expect(lines[0]["detail"] as? String == "The spool /var/spool/p can't be written: the disk is full")
    }

    // MARK: Spooled deliveries

    @Test func aSpooledDeliveryIsToldOfOnce() async throws {
        let lines = try await lines([
            (
                0,
                {
                    let recorder = $0.makeRecorder()
                    recorder.deliveryEnded(Fixture.delivery(result: .skipped, reason: .breakerOpen, attempts: 0))
                    recorder.deliveryEnded(Fixture.delivery(result: .skipped, reason: .breakerOpen, attempts: 0))
                    // Of what was sent, the last attempt tells that it is dead, and the delivery itself tells nothing.
                    recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, status: 503, errorClass: .http5xx, result: .dead))
                    recorder.deliveryEnded(Fixture.delivery(result: .dead, errorClass: .reset, attempts: 12))
                    recorder.deliveryEnded(Fixture.delivery(result: .dead, errorClass: .breakerOpen, attempts: 0))
                    for result in [DeliveryResult.delivered, .compensated] { recorder.deliveryEnded(Fixture.delivery(result: result)) }
                    recorder.deliveryEnded(Fixture.delivery(UpstreamID(9), result: .dead, errorClass: .http5xx, attempts: 0))
                }
            )
        ])
        #expect(messages(lines) == ["a delivery was skipped", "a delivery failed", "a delivery failed"])
        #expect(lines[0]["reason"] as? String == "breaker_open")
        #expect(lines.map { $0["class"] as? String } == [nil, "http_5xx", "breaker_open"])
        for line in lines { #expect(line["route"] as? String == "orders") }
        for name in ["trace_id", "span_id", "exchange_id"] { #expect(lines[2][name] is String) }
    }

    /// Skips of spooled deliveries are over with the first success later than they were, on the clock of this process.
    @Test func deliveriesThatSucceedAgainEndIt() async throws {
        let lines = try await lines([
            (
                0,
                {
                    let recorder = $0.makeRecorder()
                    recorder.deliveryEnded(Fixture.delivery(result: .skipped, reason: .spoolFull, accepted: 3600, ended: 50))
                    for at in [59.9, 60.1] {
                        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, seconds: 0, from: Fixture.after(at), result: .delivered))
                    }
                }
            )
        ])
        #expect(messages(lines) == ["a delivery was skipped", "deliveries succeed again"])
        #expect(lines[1]["reason"] as? String == "spool_full")
    }
}
