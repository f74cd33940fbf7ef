import Exchange
import Foundation
import Testing

@testable import Admin

@Suite struct TextTests {
    @Test(arguments: [
        ("250ms", 250), ("30s", 30_000), ("1h", 3_600_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("0s", 0),
    ] as [(String, Int64)])
    func durationsAreRead(_ text: String, _ milliseconds: Int64) {
        #expect(SpanText.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "1", "h", "1 h", "1H", "+1h", "1.5h", "1m1h", "1h1h", "1234567890s", "1hm", "١h"])
    func whatIsNoDurationIsNone(_ text: String) {
        #expect(SpanText.duration(text) == nil)
    }

    @Test func theLongestDurationDoesNotOverflow() {
        #expect(SpanText.duration("999999999d999999999h999999999m999999999s999999999ms") != nil)
    }

    @Test func ratesAreRead() {
        #expect(SpanText.rate("100/1m") == RateSettings(count: 100, per: .seconds(60)))
        for text in ["", "/", "1", "1/", "/1s", "0/1s", "-1/1s", "1/0s", "1/1s/1s", "1.5/1s", "1234567890/1s"] {
            #expect(SpanText.rate(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (999_999, "1970-01-01T00:00:00.000Z"), (951_782_399_999_999_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"), (1_795_501_522_004_312_000, "2026-11-24T06:25:22.004Z"),
    ] as [(UInt64, String)])
    func timesAreWrittenAsRFC3339(_ nanoseconds: UInt64, _ text: String) {
        #expect(TimeText.string(WallTime(nanosecondsSinceEpoch: nanoseconds)) == text)
    }

    @Test func whatIsWrittenAsJSONIsReadAsTheSame() throws {
        let strange = "\u{0}\u{1F}\"\\/\n\u{7F}é\u{2028}\u{1D11E}"
        let text = JSON.object([
            ("a", .array([.null, .bool(true), .integer(.min), .decimal(1e-7), .decimal(.infinity)])), (strange, .string(strange)),
            ("empty", .object([])),
        ]).text
        let read = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(read[strange] as? String == strange && (read["empty"] as? [String: Any])?.isEmpty == true)
        let values = try #require(read["a"] as? [Any])
        #expect(values.count == 5 && values[0] is NSNull && values[2] as? Int64 == .min && values[3] as? Double == 1e-7 && values[4] is NSNull)
    }

    @Test func percentEncodingGoesThereAndBack() {
        let text = "a b+c&d=e%/é?#\u{1D11E}~._-"
        #expect(PercentEncoding.decoded(PercentEncoding.encoded(text)[...]) == text)
        #expect(PercentEncoding.encoded("a b/é") == "a%20b%2F%C3%A9")
        #expect(PercentEncoding.decoded("a+b") == "a b")
    }

    @Test func theNearestWordIsNearAndNothingFar() {
        #expect(Nearest.of("ded", among: ["dead", "pending"]) == "dead")
        #expect(Nearest.of("HTTP-5XX", among: ["http_4xx", "http_5xx"]) == "http_5xx")
        #expect(Nearest.of("zebra", among: ["dead", "pending"]) == nil)
        #expect(Nearest.of(String(repeating: "d", count: 65), among: ["dead"]) == nil)
        #expect(Nearest.of("x", among: []) == nil)
    }
}
