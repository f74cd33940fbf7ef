import Exchange
import Foundation
import Testing
@testable import Telemetry

@Suite struct ProcessFigureTests {
    @Test func readsWhatTheKernelSays() throws {
        let figures = try #require(ProcessFigures.read())
        #expect(figures.cpuSeconds >= 0 && figures.threads >= 1)
        #expect(figures.residentBytes > 1_000_000)
        #expect(figures.virtualBytes >= figures.residentBytes)
        #expect(figures.openDescriptors >= 3)
        let age = Date().timeIntervalSince1970 - figures.startTime
        #expect(age > -1 && age < 86_400)
        #expect(try #require(ProcessFigures.read()).startTime == figures.startTime)
    }

    @Test func openDescriptorsFollowWhatIsOpen() throws {
        let before = try #require(ProcessFigures.read()).openDescriptors
        let pipes = try (0..<200).map { _ in try Pipe() }
        let during = try #require(ProcessFigures.read()).openDescriptors
        // Other tests open and close a few of theirs meanwhile.
        #expect(during > before + 200)
        withExtendedLifetime(pipes) {}
    }

    @Test(arguments: ["pantograph", "a b", "((", ")) 1 2 3", "x) R 9 9"])
    func theProgramsNameMayHoldAnything(_ name: String) {
        let text = "42 (\(name)) S 1 2 3 4 5 6 7 8 9 10 700 55 0 0 20 0 4 0 12345 987654321 4321 18446744073709551615 1 1\n"
        let stat = ProcessFigures.Stat(text)
        #expect(stat?.userTicks == 700 && stat?.systemTicks == 55 && stat?.threads == 4)
        #expect(stat?.startTicks == 12345)
        #expect(stat?.virtualBytes == 987_654_321)
        #expect(stat?.residentPages == 4321)
    }

    @Test(arguments: ["", "42", "42 (x", "42 (x) S 1 2", "42 (x) S 1 2 3 4 5 6 7 8 9 10 -1 55 0 0 20 0 4 0 1 2 3"])
    func whatIsNotOfThatFormIsRefused(_ text: String) { #expect(ProcessFigures.Stat(text) == nil) }

    @Test func theLimitOfDescriptors() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n"
        #expect(ProcessFigures.maxDescriptors(limits: limits) == 1024)
        #expect(ProcessFigures.maxDescriptors(limits: limits.replacing("1024 ", with: "unlimited ")) == nil)
        #expect(ProcessFigures.maxDescriptors(limits: "") == nil)
    }
}

@Suite struct ExportFigureTests {
    @Test func countsWhatBecameOfSpans() {
        let figures = ExportFigures()
        figures.tell(.exported(spans: 500, seconds: 0.02))
        figures.tell(.exported(spans: 12, seconds: 0.03))
        figures.tell(.rejected(spans: 3))
        figures.tell(.dropped(spans: 4))
        figures.tell(.dropped(spans: -4))
        figures.tell(.failedTry(seconds: 10))
        for seconds in [Double.nan, .infinity, -1] { figures.tell(.failedTry(seconds: seconds)) }
        let snapshot = figures.snapshot()
        #expect((snapshot.exported, snapshot.rejected, snapshot.dropped) == (512, 3, 4))
        #expect(snapshot.durations.count == 4)
        #expect(snapshot.durations.sum == 10_050_000_000)
    }

    @Test func areThereOnlyWhereSpansAreExported() throws {
        let name = "pantograph_otlp_spans_total"
        #expect(try Fixture.telemetry().samples().named(name).isEmpty)
        let exporting = Fixture.telemetry(Fixture.settings { $0.telemetry.otlp = OTLPSettings() })
        let samples = try exporting.samples().named(name)
        #expect(samples.map(\.labels["result"]) == ["exported", "rejected", "dropped"])
        #expect(samples.allSatisfy { $0.value == 0 })
    }
}

@Suite struct SnapshotTests {
    @Test func tellsWhatAScrapeTells() throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        telemetry.setGauges { _ in UpstreamGauges(inFlight: 2, connections: 5) }
        for number in 1...200 { recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, seconds: Double(number) / 1000)) }
        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, status: 429, errorClass: .http429, seconds: 0.2))
        _ = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0.5))
        let snapshot = try #require(telemetry.upstreamSnapshot(Fixture.shipping))
        let leg = try #require(snapshot.legs.first)
        #expect(snapshot.legs.map(\.role) == [.mirror])
        #expect((leg.attempts, leg.recent, leg.rateLimited) == (201, 201, 1))
        #expect(leg.errors == [.http429: 1])
        #expect(snapshot.pending == 1)
        #expect(snapshot.lag == 0.5)
        #expect(snapshot.gauges == UpstreamGauges(inFlight: 2, connections: 5))
        let samples = try telemetry.samples()
        for (quantile, seconds) in leg.percentiles {
            let labels = ["upstream": "shipping", "quantile": "\(quantile)"]
            #expect(samples.value("pantograph_upstream_latency_seconds", labels) == seconds)
        }
    }

    @Test func withoutCallsThereAreNoPercentiles() throws {
        let telemetry = Fixture.telemetry()
        let snapshot = try #require(telemetry.upstreamSnapshot(Fixture.inventory))
        #expect(snapshot.legs.map(\.role) == [.primary])
        #expect(snapshot.legs[0].percentiles.allSatisfy { $0.seconds.isNaN })
        #expect(snapshot.gauges == nil)
        #expect(telemetry.upstreamSnapshot(UpstreamID(2)) == nil)
        #expect(telemetry.upstreamSnapshot(UpstreamID(-1)) == nil)
    }
}
