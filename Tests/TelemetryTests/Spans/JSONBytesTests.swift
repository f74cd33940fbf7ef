import Exchange
import Foundation
import Testing

@testable import Telemetry

@Suite("JSON as bytes")
struct JSONBytesTests {
    /// What a parser reads of a string that was written.
    private func read(_ text: String, limit: Int = .max) throws -> String {
        var json = JSONBytes()
        json.raw("[")
        json.quoted(text, limit: limit)
        json.raw("]")
        let array = try JSONSerialization.jsonObject(with: Data(json.array)) as? [String]
        return try #require(array?.first)
    }

    private func written(_ write: (inout JSONBytes) -> Void) -> String {
        var json = JSONBytes()
        write(&json)
        return String(decoding: json.array, as: UTF8.self)
    }

    @Test("Every character of the first plane's start comes back, alone and among others")
    func everyCharacter() throws {
        for value in 0..<0x300 as Range<UInt32> {
            let scalar = try #require(UnicodeScalar(value))
            let text = String(Character(scalar))
            #expect(try read(text) == text)
            #expect(try read("a\(text)b\(text)") == "a\(text)b\(text)")
        }
    }

    @Test(
        "Strings that others have broken on",
        arguments: [
            "", "\"", "\\", "\\\"", "\u{2028}\u{2029}", "a\u{FEFF}b", "\u{FFFF}", "\u{10FFFF}", "👩‍👩‍👧‍👦", "e\u{301}", "\u{0}", "\u{0}\u{1F}\u{7F}\u{80}",
            "</script>", "\r\n", "\u{202E}reversed", String(repeating: "\"", count: 1000), String(decoding: [0xC3, 0x28, 0xFF, 0xED, 0xA0, 0x80], as: UTF8.self),
        ])
    func hostile(text: String) throws {
        #expect(Array(try read(text).unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("A cut falls between two characters, at every length")
    func cuts() throws {
        let text = "aä€😀\"z"
        let total = text.utf8.count
        for limit in 0...total + 2 {
            let cut = try read(text, limit: limit)
            #expect(text.unicodeScalars.starts(with: cut.unicodeScalars))
            #expect(cut.utf8.count <= limit)
            // No more is cut off than the one character that does not fit.
            #expect(cut.utf8.count > min(limit, total) - 4)
        }
        #expect(try read(text, limit: total) == text)
    }

    @Test("Integers", arguments: [0, -1, Int.max, Int.min])
    func integers(value: Int) {
        #expect(written { $0.integer(value) } == String(value))
    }

    @Test("Unsigned integers around every power of ten, to the largest")
    func unsigned() {
        var power = UInt64(1)
        for _ in 0..<20 {
            for value in [power - 1, power, power + 1] { #expect(written { $0.integer(value) } == String(value)) }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        #expect(written { $0.integer(UInt64.max) } == "18446744073709551615")
    }

    @Test(
        "Numbers",
        arguments: [(0, "0.0"), (0.25, "0.25"), (-1e300, "-1e+300"), (.nan, "\"NaN\""), (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\"")])
    func numbers(value: Double, expected: String) {
        #expect(written { $0.number(value) } == expected)
    }

    @Test("Hexadecimal digits and UUIDs")
    func hexadecimal() {
        #expect(written { $0.hexadecimal(0) } == "0000000000000000")
        #expect(written { $0.hexadecimal(.max) } == "ffffffffffffffff")
        #expect(written { $0.hexadecimal(0x0123_4567_89AB_CDEF) } == "0123456789abcdef")
        // Each digit at each place, against the digits of the library.
        for place in 0..<16 {
            for digit in 0..<16 as Range<UInt64> {
                let value = digit << UInt64(4 * place)
                let text = String(value, radix: 16)
                let expected = String(repeating: "0", count: 16 - text.count) + text
                #expect(written { $0.hexadecimal(value) } == expected)
                #expect(written { $0.uuid(value, ~value) } == ExchangeID(high: value, low: ~value).description)
            }
        }
        let id = SpanFixtures.exchangeID
        #expect(written { $0.uuid(id.high, id.low) } == id.description)
    }

    @Test("Commas stand between elements alone")
    func commas() {
        let text = written { json in
            json.raw("[")
            for value in 1...3 {
                json.separate()
                json.raw("{")
                json.separate()
                json.raw("\"a\":")
                json.integer(value)
                json.raw("}")
            }
            json.raw("]")
        }
        #expect(text == #"[{"a":1},{"a":2},{"a":3}]"#)
    }

    @Test("What was written can be taken back, and the storage used again")
    func cutting() {
        var json = JSONBytes()
        json.raw("abc")
        json.cut(to: 1)
        json.cut(to: 5)
        #expect(json.array == [0x61])
        json.raw(Array(repeating: 0x62, count: 100_000))
        #expect(json.array == [0x61] + Array(repeating: 0x62, count: 100_000))
        json.clear()
        #expect(json.count == 0)
    }
}
