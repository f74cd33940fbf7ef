import Exchange
import Synchronization
import Testing

@testable import Telemetry

@Suite struct HistoryTests {
    /// A clock that tests set.
    private final class Clock: Sendable {
        private let seconds = Mutex(0.0)
        var now: MonotonicTime { Fixture.after(seconds.withLock { $0 }) }
        func set(_ value: Double) { seconds.withLock { $0 = value } }
    }

    private func telemetry(_ clock: Clock) -> Telemetry {
        Telemetry(Fixture.settings(), version: "1", logDescriptor: -1, now: { clock.now }, wall: { Fixture.start.wall(at: clock.now) })
    }

    @Test func aPointTellsWhatItsIntervalBrought() throws {
        let clock = Clock()
        let telemetry = telemetry(clock)
        telemetry.setGauges { _ in UpstreamGauges(inFlight: 0, connections: 0, breaker: 2, spooledPending: 4) }
        let recorder = telemetry.makeRecorder()
        for second in [1.0, 2, 3] { recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, seconds: 0.02, from: Fixture.after(second))) }
        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, status: 429, errorClass: .http429, seconds: 0.02, from: Fixture.after(4)))
        clock.set(10)
        telemetry.sampleHistory()
        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, status: 500, errorClass: .http5xx, seconds: 0.02, from: Fixture.after(11)))
        clock.set(20)
        telemetry.sampleHistory()

        let points = telemetry.historyPoints
        #expect(points.map(\.at) == [Fixture.wall(10), Fixture.wall(20)])
        let shipping = try points.map { try #require($0.upstreams.first { $0.name == "shipping" }) }
        #expect(shipping.map(\.pending) == [4, 4] && shipping.map(\.breaker) == [.open, .open])
        let legs = try shipping.map { try #require($0.legs.first) }
        #expect(legs.map(\.role) == [.mirror, .mirror])
        #expect(legs.map(\.rate) == [0.4, 0.1])
        #expect(legs.map(\.errors) == [[.http429: 1], [.http5xx: 1]] && legs.map(\.rateLimited) == [1, 0])
        #expect(try abs(#require(legs[1].percentiles.first { $0.quantile == 0.99 }).seconds - 0.02) < 0.0003)
        let inventory = try #require(points[1].upstreams.first { $0.name == "inventory" }?.legs.first)
        #expect(inventory.rate == 0 && inventory.errors.isEmpty && inventory.percentiles.allSatisfy { $0.seconds.isNaN })
    }

    @Test func fifteenMinutesAreKept() {
        let clock = Clock()
        let telemetry = telemetry(clock)
        for point in 1...100 {
            clock.set(Double(point) * 10)
            telemetry.sampleHistory()
        }
        #expect(telemetry.historyPoints.count == 90)
        #expect(telemetry.historyPoints.first?.at == Fixture.wall(110) && telemetry.historyPoints.last?.at == Fixture.wall(1000))
    }

    @Test func twoPointsAtOneTimeDivideByNothing() throws {
        let telemetry = telemetry(Clock())
        telemetry.sampleHistory()
        #expect(try #require(telemetry.historyPoints.first?.upstreams.first?.legs.first).rate == 0)
    }
}
