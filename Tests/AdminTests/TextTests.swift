import Exchange
import Foundation
import Testing

@testable import Admin

@Suite struct TextTests {
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
}
