import Testing

@testable import Playground

@Suite("Durations and sizes")
struct QuantityTests {
    @Test("durations", arguments: [
        ("0", .zero), ("1us", .microseconds(1)), ("250ms", .milliseconds(250)), ("2s", .seconds(2)), ("5m", .seconds(300)),
        ("24h", .seconds(86_400)),
    ] as [(String, Duration)])
    func durations(text: String, duration: Duration) throws {
        #expect(try Quantity.duration(text) == duration)
    }

    @Test("what is no duration", arguments: ["", "5", "ms", "-1s", "1.5s", "1 s", "1S", "25h", "99999999999999999999s", "9223372036854775807h", "١s"])
    func noDurations(text: String) {
        #expect(throws: SpecError.self) { try Quantity.duration(text) }
    }

    @Test("sizes", arguments: [("0", 0), ("512", 512), ("512B", 512), ("1KiB", 1024), ("100MiB", 104_857_600), ("64GiB", 68_719_476_736)])
    func sizes(text: String, bytes: Int) throws {
        #expect(try Quantity.size(text) == bytes)
    }

    @Test("what is no size", arguments: ["", "KiB", "-1", "1kb", "1 KiB", "65GiB", "9223372036854775807GiB", "99999999999999999999"])
    func noSizes(text: String) {
        #expect(throws: SpecError.self) { try Quantity.size(text) }
    }

    @Test("parts between separators", arguments: [
        ("", [""]), ("a", ["a"]), ("a,b", ["a", "b"]), (",", ["", ""]), ("a\\,b,c", ["a,b", "c"]), ("a\\;b", ["a\\;b"]), ("a\\", ["a\\"]),
    ])
    func split(text: String, parts: [String]) {
        #expect(ScriptText.split(text, at: ",") == parts)
    }

    @Test("space at both ends goes", arguments: [("", ""), (" ", ""), (" a b\t", "a b"), ("a", "a")])
    func trimmed(text: String, result: String) {
        #expect(text.trimmed == result)
    }
}
