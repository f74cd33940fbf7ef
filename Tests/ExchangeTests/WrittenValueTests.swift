import Exchange
import Testing

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

    @Test func aRateIsOneWithoutABurst() {
        #expect(RateText("100/1m").map { RateSettings($0) } == RateSettings(count: 100, per: .seconds(60)))
    }
}

@Suite struct PercentEncodingTests {
    @Test func percentEncodingGoesThereAndBack() {
        let text = "a b+c&d=e%/é?#\u{1D11E}~._-"
        #expect(PercentEncoding.decoded(PercentEncoding.encoded(text)[...]) == text)
        #expect(PercentEncoding.encoded("a b/é") == "a%20b%2F%C3%A9")
        #expect(PercentEncoding.decoded("a+b") == "a b")
    }

    @Test func everyByteIsItselfOrTwoDigits() {
        for byte in UInt8.min...UInt8.max {
            let isPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            #expect(PercentEncoding.encoded(bytes: [byte]) == (isPlain ? [byte] : Array("%\(byte < 16 ? "0" : "")\(digits)".utf8)))
        }
    }

    @Test(arguments: ["%", "%1", "%GG", "a%2", "%C3", "%FF"])
    func whatCanNotBeDecoded(_ text: String) {
        #expect(PercentEncoding.decoded(text[...]) == nil)
    }
}

@Suite struct NearestNameTests {
    private let names = ["connect", "first_byte", "total"]

    @Test(arguments: [
        ("conect", "connect"), ("connnect", "connect"), ("connetc", "connect"), ("Connect", "connect"), ("firstByte", "first_byte"),
        ("first-byte", "first_byte"), ("totla", "total"), ("tota", "total"),
    ])
    func findsWhatWasMeant(_ word: String, _ name: String) {
        #expect(NearestName.of(word, among: names) == name)
    }

    @Test(arguments: ["timeout", "x", "", "retry"])
    func findsNothingFarAway(_ word: String) {
        #expect(NearestName.of(word, among: names) == nil)
        #expect(NearestName.hint(for: word, among: names) == "known here: connect, first_byte, total")
    }

    @Test func aLongWordCostsNothing() {
        #expect(NearestName.of(String(repeating: "connect", count: 100_000), among: names) == nil)
        #expect(NearestName.hint(for: "x", among: []) == nil)
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("", "ab", 2), ("ab", "ba", 1), ("kitten", "sitting", 3), ("abcd", "acbd", 1)])
    func distance(_ left: String, _ right: String, _ edits: Int) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == edits)
        #expect(NearestName.distance(Array(right.utf8), Array(left.utf8)) == edits)
    }

    @Test func separatorsAndCaseDoNotCount() {
        #expect(NearestName.of("HTTP-5XX", among: ["http_4xx", "http_5xx"]) == "http_5xx")
    }
}

@Suite struct DecimalDigitsTests {
    @Test func asNumbersAreWritten() {
        var numbers = Array(0...11_000) + [UInt64.max, UInt64.max - 1]
        for power in sequence(first: 10 as UInt64, next: { $0 > UInt64.max / 10 ? nil : $0 * 10 }) { numbers += [power - 1, power, power + 1] }
        for number in numbers {
            let text = withUnsafeTemporaryAllocation(byteCount: DecimalDigits.room, alignment: 1) { place -> String in
                guard let start = place.baseAddress else { return "" }
                return String(decoding: place[..<DecimalDigits.write(number, to: start)], as: UTF8.self)
            }
            if text != String(number) { Issue.record("\(number): \(text)") }
            #expect(DecimalDigits.count(of: number) == text.utf8.count)
        }
    }
}

@Suite struct TokenTests {
    @Test func everyByte() {
        let characters = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(Token.contains(byte) == characters.contains(byte), "\(byte)")
        }
    }

    @Test func itEndsWhereverTheFirstOtherByteStands() {
        for byte in UInt8.min...UInt8.max {
            for (length, place) in [(1, 0), (7, 6), (8, 0), (8, 7), (21, 3), (21, 15), (21, 20)] {
                for filler in "aZ-1".utf8 {
                    var bytes = [UInt8](repeating: filler, count: length)
                    bytes[place] = byte
                    let (end, isWhole) = bytes.withUnsafeBytes { (Token.length(atFrontOf: $0), Token.isWhole($0)) }
                    let isToken = Token.contains(byte)
                    if end != (isToken ? length : place) || isWhole != isToken { Issue.record("\(byte) at \(place) of \(length)") }
                }
            }
        }
    }

    @Test(arguments: ["", "a b", "a:", "ä", "a\r\n", "(x)"])
    func whatIsNone(_ text: String) {
        #expect(!Token.isWhole(text.utf8))
    }

    @Test func whatIsOne() {
        #expect(Token.isWhole("X-Api_Key.1".utf8) && Token.isWhole("*".utf8))
    }
}
