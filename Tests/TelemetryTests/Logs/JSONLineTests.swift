import Exchange
import Foundation
import Testing
@testable import Telemetry

@Suite struct JSONLineTests {
    private func object(_ body: (inout JSONLine) -> Void) throws -> [String: Any] {
        var line = JSONLine(at: Fixture.start.wall, level: "info", message: "hello")
        body(&line)
        let bytes = line.finished()
        #expect(bytes.last == 0x0A)
        #expect(bytes.filter { $0 == 0x0A }.count == 1)
        return try #require(try Capture.objects(in: bytes).first)
    }

    @Test func theFirstMembers() throws {
        let object = try object { _ in }
        #expect(object["time"] as? String == "2026-11-24T06:25:22.004312Z")
        #expect(object["level"] as? String == "info")
        #expect(object["message"] as? String == "hello")
        #expect(object.count == 3)
    }

    @Test func everyCharacterComesBack() throws {
        let ascii = String(String.UnicodeScalarView((0...127).compactMap { Unicode.Scalar(UInt8($0)) }))
        for text in [ascii, "größe", "日本", "🩰", "\u{2028}\u{2029}", "\r\n", "", "\\u0041", "</script>"] {
            #expect(try object { $0.text("value", text) }["value"] as? String == text)
            #expect(try object { $0.text(text, "value") }[text] as? String == "value")
        }
    }

    @Test func aLongTextIsCutBetweenCharacters() throws {
        for (unit, width) in [("a", 1), ("é", 2), ("日", 3), ("🩰", 4)] {
            for lead in 0..<4 {
                let text = String(repeating: "x", count: lead) + String(repeating: unit, count: 3000)
                let cut = try #require(try object { $0.text("value", text) }["value"] as? String)
                #expect(cut.hasSuffix("…"))
                #expect(text.hasPrefix(cut.dropLast()))
                #expect(cut.dropLast().utf8.count > JSONLine.longestText - width)
                #expect(cut.dropLast().utf8.count <= JSONLine.longestText)
            }
        }
        let whole = String(repeating: "a", count: JSONLine.longestText)
        #expect(try object { $0.text("value", whole) }["value"] as? String == whole)
    }

    @Test func numbersAndIdentifiers() throws {
        let story = Fixture.story(number: 0x1F)
        let object = try object {
            $0.integer("n", -5)
            $0.milliseconds("a", nanoseconds: 12_345_678)
            $0.milliseconds("b", nanoseconds: 1_004_999)
            $0.milliseconds("c", nanoseconds: .max)
            $0.identifiers(of: story, spanID: story.trace.spanID)
        }
        #expect(object["n"] as? Int == -5)
        #expect(object["a"] as? Double == 12.345)
        #expect(object["b"] as? Double == 1.004)
        #expect(object["c"] is Double)
        #expect(object["exchange_id"] as? String == story.id.description)
        #expect(object["trace_id"] as? String == story.trace.traceID.description)
        #expect(object["span_id"] as? String == story.trace.spanID.description)
    }
}

@Suite struct TimestampTests {
    private func text(_ nanoseconds: UInt64) -> String {
        var bytes: [UInt8] = []
        Timestamp.append(WallTime(nanosecondsSinceEpoch: nanoseconds), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (951_782_400, "2000-02-29T00:00:00.000000Z"), (951_868_799, "2000-02-29T23:59:59.000000Z"),
        (951_868_800, "2000-03-01T00:00:00.000000Z"), (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        (1_798_761_599, "2026-12-31T23:59:59.000000Z"), (1_798_761_600, "2027-01-01T00:00:00.000000Z"),
    ])
    func knownTimes(_ seconds: UInt64, _ wanted: String) { #expect(text(seconds * 1_000_000_000) == wanted) }

    @Test func agreesWithFoundationOnEveryDayForFourCenturies() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0)!
        for day in stride(from: 0, to: 146_097, by: 1) {
            let ours = CivilDate(daysSinceEpoch: day)
            guard day % 23 == 0 || ours.day == 1 || ours.month == 2 else { continue }
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(parts.year == ours.year && parts.month == ours.month && parts.day == ours.day, "day \(day)")
        }
    }
}
