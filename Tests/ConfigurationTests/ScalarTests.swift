import Exchange
import Testing

@testable import Configuration

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

@Suite struct RateFormTests {
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
