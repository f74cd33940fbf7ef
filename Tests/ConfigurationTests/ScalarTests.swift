import Exchange
import Testing

@testable import Configuration

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("250ms", 250), ("2s", 2000), ("5m", 300_000), ("24h", 86_400_000), ("7d", 604_800_000), ("0s", 0), ("0ms", 0),
        ("1m30s", 90_000), ("1h1m1s1ms", 3_661_001), ("1d12h", 129_600_000), ("007s", 7000), ("999999999999ms", 999_999_999_999),
    ])
    func reads(_ text: String, _ milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "5", "s", "ms", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1us", "1ns", "1min", "1w", "1s1m", "1s1s", "1ms1s",
        "1h30",
        "٣s", "1٣s", "9999999999999ms", "1s\n", "0x1s", "∞s",
    ])
    func refuses(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func neverOverflows() {
        #expect(DurationText.parse("999999999999d999999999999h999999999999m") == nil)
        #expect(DurationText.parse(String(repeating: "9", count: 100) + "d") == nil)
    }

    @Test(arguments: [
        (0, "0s"), (1, "1ms"), (250, "250ms"), (1000, "1s"), (90_000, "1m30s"), (3_600_000, "1h"), (86_400_000, "24h"),
        (172_800_000, "2d"), (100_000_000, "27h46m40s"), (-5, "0s"),
    ])
    func writes(_ milliseconds: Int, _ text: String) {
        #expect(DurationText.string(.milliseconds(milliseconds)) == text)
    }

    @Test func readsBackWhatItWrites() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let duration = Duration.milliseconds(
                Int.random(in: 1...(1 << 40), using: &generator) >> Int.random(in: 0...40, using: &generator))
            #expect(DurationText.parse(DurationText.string(duration)) == duration)
        }
    }
}

@Suite struct SizeTextTests {
    @Test(arguments: [
        ("0", 0), ("17", 17), ("17B", 17), ("64KiB", 65_536), ("1MiB", 1 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40),
        ("64KB", 64_000),
        ("64kB", 64_000), ("3MB", 3_000_000), ("1GB", 1_000_000_000), ("1TB", 1_000_000_000_000), ("64 KiB", 65_536),
    ])
    func reads(_ text: String, _ bytes: Int) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(arguments: [
        "", "KiB", "-1", "+1", "1.5MiB", "1mib", "1K", "1M", "1Mi", "1PiB", "1 ", "٣", "٣KiB", "9999999999TiB",
        "9999999999999999999", "1MiB2",
    ])
    func refuses(_ text: String) {
        // "1 " is a number and a unit of no letters.
        #expect(SizeText.parse(text) == (text == "1 " ? 1 : nil))
    }

    @Test(arguments: [(0, "0"), (1, "1"), (1000, "1000"), (1024, "1KiB"), (65_536, "64KiB"), (1 << 20, "1MiB"), (3 << 30, "3GiB")])
    func writes(_ bytes: Int, _ text: String) {
        #expect(SizeText.string(bytes) == text)
        #expect(SizeText.parse(text) == bytes)
    }
}

@Suite struct RateTextTests {
    @Test(arguments: [("100/1m", 100, 60), ("1/1s", 1, 1), ("5000/24h", 5000, 86_400)])
    func reads(_ text: String, _ count: Int, _ seconds: Int) {
        let rate = RateText(text)
        #expect(rate?.count == count)
        #expect(rate?.period == .seconds(seconds))
    }

    @Test(arguments: ["", "100", "/1m", "100/", "0/1m", "-1/1m", "+1/1m", "100/0s", "100/m", "100/1m/1", "1.5/1s", "9999999999/1s"])
    func refuses(_ text: String) {
        #expect(RateText(text) == nil)
    }

    @Test func readsBackWhatItWrites() throws {
        for text in ["100/1m", "1/1s", "5000/24h", "3/250ms"] {
            let rate = try parse(RateText.form, text).get()
            #expect(RateText.string(rate.count, per: rate.period) == text)
        }
    }
}

@Suite struct NumberFormTests {
    @Test func wholeNumbersWithinBounds() throws {
        #expect(try parse(.number(1...10), "10").get() == 10)
        #expect(throws: Complaint.self) { try parse(.number(1...10), "11").get() }
        #expect(throws: Complaint.self) { try parse(.number(1...10), "1e1").get() }
        #expect(throws: Complaint.self) { try parse(.number(1...10), "99999999999999999999999").get() }
    }

    @Test(arguments: [("0", 0.0), ("1", 1.0), ("0.1", 0.1), (".5", 0.5), ("1e-3", 0.001)])
    func ratios(_ text: String, _ ratio: Double) throws {
        #expect(try parse(.ratio, text).get() == ratio)
    }

    @Test(arguments: ["", "-0.1", "1.1", "nan", "inf", "10%", "0x1p-1 ", "half", "1,5"])
    func notRatios(_ text: String) {
        #expect(throws: Complaint.self) { try parse(.ratio, text).get() }
    }

    @Test func partsThatAreNotNothing() throws {
        #expect(try parse(.positiveRatio, "1").get() == 1)
        #expect(try parse(.positiveRatio, "0.001").get() == 0.001)
        for text in ["0", "0.0", "1e-400", "1.1", "-1", "half"] {
            #expect(throws: Complaint.self) { try parse(.positiveRatio, text).get() }
        }
    }

    @Test(arguments: ["yes", "no", "on", "off", "True", "TRUE", "1", "0", ""])
    func flagsAreTrueOrFalseAlone(_ text: String) {
        #expect(throws: Complaint.self) { try parse(.flag, text).get() }
    }
}
