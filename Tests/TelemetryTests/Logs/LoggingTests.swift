import Exchange
import Foundation
import Testing
@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct LoggingTests {
    /// The lines that `body` makes.
    private func lines(_ settings: Settings = Fixture.settings(), _ body: (Telemetry) -> Void) async throws -> [[String: Any]] {
        let capture = try Capture()
        let telemetry = Telemetry(settings, version: "1", logDescriptor: capture.descriptor, now: { Fixture.after(1) })
        telemetry.start()
        body(telemetry)
        await telemetry.shutdown()
        return try capture.objects
    }

    @Test func metadataIsFlatBesideTheMessage() async throws {
        let lines = try await lines {
            var log = $0.log
            log[metadataKey: "upstream"] = "inventory"
            log.warning(
                "quo\"te\nd", metadata: ["trace_id": "abc", "list": ["a", "b"], "map": ["k": "v", "inner": ["x": "y"]], "upstream": "shipping"])
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line["message"] as? String == "quo\"te\nd")
        #expect(line["level"] as? String == "warning")
        #expect(line["logger"] as? String == "pantograph")
        #expect(line["trace_id"] as? String == "abc")
        #expect(line["upstream"] as? String == "shipping")
        #expect(line["list"] as? [String] == ["a", "b"])
        #expect((line["map"] as? [String: Any])?["k"] as? String == "v")
        #expect((line["time"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
    }

    @Test func metadataNeverTakesTheNameOfAnotherMember() async throws {
        let lines = try await lines { $0.log.info("real", metadata: ["message": "false", "time": "false", "level": "false", "logger": "false"]) }
        let line = try #require(lines.first)
        #expect(line["message"] as? String == "real")
        #expect(line["level"] as? String == "info")
        for name in ["message", "time", "level", "logger"] { #expect(line["metadata_" + name] as? String == "false") }
    }

    @Test func anythingNestedTooDeepBecomesText() async throws {
        let lines = try await lines { telemetry in
            telemetry.log.info(
                "deep",
                metadata: ["a": ["b": ["c": ["d": ["e": ["f": ["g": ["h": ["i": ["j": "bottom"]]]]]]]]]])
        }
        #expect(lines.count == 1)
    }

    @Test(arguments: LogSettings.Level.allCases) func linesBelowTheLevelAreLeftOut(_ level: LogSettings.Level) async throws {
        let lines = try await lines(Fixture.settings { $0.telemetry.log.level = level }) {
            $0.log.debug("debug")
            $0.log.info("info")
            $0.log.warning("warning")
            $0.log.error("error")
        }
        let all = LogSettings.Level.allCases.map(\.rawValue)
        #expect(lines.compactMap { $0["message"] as? String } == Array(all.drop { $0 != level.rawValue }))
        #expect(lines.allSatisfy { $0["message"] as? String == $0["level"] as? String })
    }

    @Test func anAccessLineTellsTheExchangeWithoutItsSecrets() async throws {
        let settings = Fixture.settings {
            $0.telemetry.log.access = true
            $0.telemetry.log.level = .error
        }
        let story = Fixture.story("POST", "/orders/7?token=hush&x=1", isSampled: true, number: 0xAB)
        let lines = try await lines(settings) {
            $0.makeRecorder().exchangeEnded(Fixture.exchange(story, status: 502, errorClass: .reset, seconds: 0.0123456))
            $0.makeRecorder().exchangeEnded(Fixture.exchange(Fixture.story(route: nil), status: nil, errorClass: .cancelled))
        }
        let line = try #require(lines.first)
        #expect(lines.count == 2)
        #expect(line["message"] as? String == "exchange")
        #expect(line["method"] as? String == "POST")
        #expect(line["path"] as? String == "/orders/7")
        #expect(line["route"] as? String == "orders")
        #expect(line["status"] as? Int == 502)
        #expect(line["class"] as? String == "reset")
        #expect(line["duration_ms"] as? Double == 12.345)
        #expect(line["time"] as? String == "2026-11-24T06:25:22.016657Z")
        #expect(line["trace_id"] as? String == story.trace.traceID.description)
        #expect(line["exchange_id"] as? String == story.id.description)
        #expect((line["request_bytes"] as? Int, line["response_bytes"] as? Int) == (12, 345))
        #expect(lines[1]["status"] == nil)
        #expect(lines[1]["route"] as? String == "")
        for line in lines { #expect(!line.description.contains("hush")) }
    }

    @Test func noAccessLinesUnlessAskedFor() async throws {
        for change in [{ $0.telemetry.log.access = false }, { $0.telemetry.log.accessSample = 0; $0.telemetry.log.access = true }] as [(inout Settings) -> Void] {
            let lines = try await lines(Fixture.settings(change: change)) { $0.makeRecorder().exchangeEnded(Fixture.exchange()) }
            #expect(lines.isEmpty)
        }
    }

    @Test(arguments: [0.0001, 0.1, 0.5, 0.999, 1]) func samplingKeepsItsRatioAndItsChoice(_ ratio: Double) throws {
        var settings = LogSettings()
        settings.access = true
        settings.accessSample = ratio
        let layout = Layout(Fixture.settings())
        let logs = (0..<2).compactMap { _ in AccessLog(settings, layout: layout, writer: LogWriter(LineOutput(descriptor: -1))) }
        var random = SeededGenerator(seed: 11)
        let ids = (0..<20_000).map { _ in ExchangeID(at: Fixture.start.wall, using: &random) }
        let chosen = ids.filter { logs[0].includes($0) }
        #expect(chosen == ids.filter { logs[1].includes($0) })
        let (wanted, got) = (ratio * 20_000, Double(chosen.count))
        #expect(abs(got - wanted) <= 5 * (wanted * (1 - ratio)).squareRoot() + 1, "\(got) of \(wanted)")
    }

    @Test func droppedLinesAreExposed() async throws {
        let telemetry = Fixture.telemetry()
        telemetry.log.info("lost")
        await telemetry.shutdown()
        #expect(try telemetry.samples().value("pantograph_log_lines_dropped_total") == 1)
    }
}
