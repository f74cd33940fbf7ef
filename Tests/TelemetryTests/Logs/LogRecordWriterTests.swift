import Exchange
import Foundation
import Logging
import Testing

@testable import Telemetry

@Suite struct LogRecordWriterTests {
    private func record(_ metadata: Logger.Metadata, level: Logger.Level = .warning) throws -> [String: Any] {
        var writer = LogRecordWriter(
            resource: SpanResource(TelemetrySettings(), version: "1.2.3", process: SpanFixtures.process), version: "1.2.3")
        writer.begin()
        writer.append(
            LogRecord(time: WallTime(nanosecondsSinceEpoch: 5), level: level, message: "it \"failed\"\n", error: nil, metadata: metadata))
        writer.finish()
        #expect(writer.elements == 1)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(writer.written)) as? [String: Any])
        let resources = try #require(document["resourceLogs"] as? [[String: Any]])
        let scopes = try #require(resources[0]["scopeLogs"] as? [[String: Any]])
        return try #require((scopes[0]["logRecords"] as? [[String: Any]])?.first)
    }

    @Test func idsHaveFieldsOfTheirOwn() throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let record = try record(["trace_id": "\(trace)", "span_id": "00f067aa0ba902b7", "upstream": "a"])
        #expect(record["traceId"] as? String == trace && record["spanId"] as? String == "00f067aa0ba902b7")
        #expect((record["attributes"] as? [[String: Any]])?.map { $0["key"] as? String } == ["upstream"])
        #expect((record["body"] as? [String: String])?["stringValue"] == "it \"failed\"\n")
        #expect(record["timeUnixNano"] as? String == "5" && record["severityText"] as? String == "warning")
    }

    @Test(arguments: ["", "0", String(repeating: "0", count: 32), String(repeating: "A", count: 32), String(repeating: "é", count: 16)])
    func whatIsNoIdIsLeftOut(_ text: String) throws {
        #expect(try record(["trace_id": "\(text)"])["traceId"] == nil)
    }

    @Test func attributesAreBounded() throws {
        let many = Dictionary(uniqueKeysWithValues: (0..<100).map { ("key\($0)", Logger.MetadataValue.string("v")) })
        let record = try record(many)
        #expect((record["attributes"] as? [Any])?.count == LogRecordWriter.mostAttributes)
        #expect(record["droppedAttributesCount"] as? Int == 100 - LogRecordWriter.mostAttributes)
    }

    @Test func severitiesAreTheDataModels() throws {
        let levels: [(Logger.Level, Int)] = [(.trace, 1), (.debug, 5), (.info, 9), (.notice, 10), (.warning, 13), (.error, 17), (.critical, 21)]
        for (level, number) in levels { #expect(try record([:], level: level)["severityNumber"] as? Int == number) }
    }
}
