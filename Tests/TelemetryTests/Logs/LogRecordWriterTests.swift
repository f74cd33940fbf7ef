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
            .event(LogEventRecord(time: WallTime(nanosecondsSinceEpoch: 5), level: level, message: "it \"failed\"\n", error: nil, metadata: metadata)))
        writer.finish()
        #expect(writer.elements == 1)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(writer.text.whole())) as? [String: Any])
        let resources = try #require(document["resourceLogs"] as? [[String: Any]])
        let scopes = try #require(resources[0]["scopeLogs"] as? [[String: Any]])
        return try #require((scopes[0]["logRecords"] as? [[String: Any]])?.first)
    }

    @Test func idsHaveFieldsOfTheirOwn() throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let record = try record(["trace_id": "\(trace)", "span_id": "00f067aa0ba902b7", "upstream": "a"])
        #expect(record["traceId"] as? String == trace && record["spanId"] as? String == "00f067aa0ba902b7")
        #expect((record["attributes"] as? [[String: Any]])?.map { $0["key"] as? String } == ["pantograph.upstream"])
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

    @Test func whatSpansHaveANameForGoesByIt() throws {
        let record = try record([
            "exchange_id": "e", "upstream": "a", "role": "mirror", "route": "r", "class": "http_5xx", "reason": "paused", "status": "503",
            "detail": "busy",
        ])
        let attributes = try #require(record["attributes"] as? [[String: Any]])
        let found = Dictionary(uniqueKeysWithValues: attributes.map { ($0["key"] as? String ?? "", $0["value"] as? [String: String] ?? [:]) })
        #expect(
            found == [
                "pantograph.exchange.id": ["stringValue": "e"], "pantograph.upstream": ["stringValue": "a"],
                "pantograph.role": ["stringValue": "mirror"], "pantograph.route": ["stringValue": "r"],
                "pantograph.error.class": ["stringValue": "http_5xx"], "pantograph.skip.reason": ["stringValue": "paused"],
                "http.response.status_code": ["intValue": "503"], "pantograph.detail": ["stringValue": "busy"],
            ])
    }

    @Test func anAccessLineIsARecordOfItsSpanWithoutTheQuery() throws {
        var writer = LogRecordWriter(
            resource: SpanResource(TelemetrySettings(), version: "1.2.3", process: SpanFixtures.process), version: "1.2.3",
            routes: SpanFixtures.routes)
        writer.begin()
        writer.append(.access(SpanFixtures.exchange(SpanFixtures.story(method: "BREW", target: "/orders/7?pin=hush"), status: 502, errorClass: .reset)))
        writer.append(.access(SpanFixtures.exchange(SpanFixtures.story(route: nil), status: nil, errorClass: .cancelled)))
        writer.finish()
        let text = String(decoding: writer.text.whole(), as: UTF8.self)
        #expect(writer.elements == 2 && !text.contains("hush"))
        let document = try #require(try JSONSerialization.jsonObject(with: Data(writer.text.whole())) as? [String: Any])
        let scopes = try #require((document["resourceLogs"] as? [[String: Any]])?.first?["scopeLogs"] as? [[String: Any]])
        let records = try #require(scopes[0]["logRecords"] as? [[String: Any]])
        #expect(records[0]["traceId"] as? String == "\(SpanFixtures.traceID)" && records[0]["spanId"] as? String == "\(SpanFixtures.spanID)")
        #expect((records[0]["body"] as? [String: String])?["stringValue"] == "exchange" && records[0]["severityNumber"] as? Int == 9)
        let attributes = try records.map { record in
            Dictionary(uniqueKeysWithValues: try #require(record["attributes"] as? [[String: Any]]).map { ($0["key"] as? String ?? "", "\($0["value"] ?? "")") })
        }
        for (key, value) in [
            ("http.request.method", "_OTHER"), ("http.request.method_original", "BREW"), ("url.path", "/orders/7"), ("http.route", "/orders/*"),
            ("pantograph.route", "orders"), ("http.response.status_code", "502"), ("http.response.body.size", "3456"),
            ("pantograph.error.class", "reset"), ("pantograph.exchange.id", "018bcfe5-6800-7abc-8123-456789abcdef"),
        ] { #expect(attributes[0][key]?.contains(value) == true, "\(key): \(attributes[0])") }
        #expect(attributes[1]["http.response.status_code"] == nil && attributes[1]["http.route"] == nil)
    }
}
