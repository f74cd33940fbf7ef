import Exchange
import Testing

@testable import Policy

@Suite struct TraceParentTests {
    static let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    static func parse(_ text: String) -> TraceParent? {
        var text = text
        return text.withUTF8 { TraceParent(UnsafeRawBufferPointer($0)) }
    }

    @Test func aValidOne() throws {
        let parent = try #require(Self.parse(Self.valid))
        #expect(parent.traceID == TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c))
        #expect(parent.parentID == SpanID(0xb7ad_6b71_6920_3331))
        #expect(parent.flags == .sampled)
    }

    /// Every byte value at every place of a valid one: what is left valid is exactly what the grammar says.
    @Test func everyByteAtEveryPlace() {
        for place in 0..<55 {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array(Self.valid.utf8)
                bytes[place] = byte
                let parsed = bytes.withUnsafeBytes { TraceParent($0) }
                let isLowerHex = (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                let isDash = [2, 35, 52].contains(place)
                let expected = isDash ? byte == UInt8(ascii: "-") : isLowerHex
                if (parsed != nil) != expected { Issue.record("byte \(byte) at \(place)") }
            }
        }
    }

    /// Every version: 00 is 55 long and no longer, ff is none, any other may go on behind a dash.
    @Test func everyVersion() {
        for version in 0...255 {
            let digits = String(version + 256, radix: 16).dropFirst()
            let text = digits + Self.valid.dropFirst(2)
            #expect((Self.parse(String(text)) != nil) == (version < 255))
            for rest in ["-", "-x", "-00", "-what-comes-later", "-\u{E9}"] {
                #expect((Self.parse(text + rest) != nil) == (1..<255).contains(version), "\(version) \(rest)")
            }
            for rest in [".", "0", "x-", ",", "\u{0}"] { #expect(Self.parse(text + rest) == nil, "\(version) \(rest)") }
        }
    }

    /// Every flag byte, in 00 and in a later version: `sampled` and `random` are taken, the others left.
    @Test func everyFlag() {
        for version in ["00", "01", "fe"] {
            for flags in UInt8.min...UInt8.max {
                let digits = String(Int(flags) + 256, radix: 16).dropFirst()
                let parent = Self.parse(version + Self.valid.dropFirst(2).dropLast(2) + digits)
                #expect(parent?.flags.rawValue == flags & 3)
            }
        }
    }

    @Test func everyShorterOne() {
        for length in 0..<55 { #expect(Self.parse(String(Self.valid.prefix(length))) == nil) }
    }

    @Test func zeros() {
        let zeros = String(repeating: "0", count: 32)
        #expect(Self.parse("00-\(zeros)-b7ad6b7169203331-01") == nil)
        #expect(Self.parse("00-0af7651916cd43dd8448eb211c80319c-\(zeros.prefix(16))-01") == nil)
        #expect(Self.parse("00-\(zeros.dropLast())1-b7ad6b7169203331-01") != nil)
        #expect(Self.parse("00-1\(zeros.dropLast())-b7ad6b7169203331-01") != nil)
    }

    @Test func whiteSpaceAround() {
        for around in [" ", "\t", " \t "] {
            #expect(Self.parse(around + Self.valid) != nil)
            #expect(Self.parse(Self.valid + around) != nil)
        }
        #expect(Self.parse("\n" + Self.valid) == nil)
        #expect(Self.parse("   ") == nil)
        #expect(Self.parse("") == nil)
    }

    @Test(arguments: SeededGenerator.seeds)
    func whatIsWrittenIsRead(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let trace = TraceContext(
                traceID: TraceID(using: &generator), spanID: SpanID(using: &generator),
                flags: TraceContext.Flags(rawValue: UInt8.random(in: 0...255, using: &generator)))
            let expected = TraceParent(traceID: trace.traceID, parentID: trace.spanID, flags: trace.flags.intersection([.sampled, .random]))
            #expect(Self.parse(trace.traceParent) == expected)
        }
    }

    /// Nothing from outside may do more than be refused.
    @Test(arguments: SeededGenerator.seeds)
    func anyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789abcdefF-, \t\u{0}".utf8)
        for _ in 0..<20_000 {
            var bytes = Array(Self.valid.utf8)
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                default: bytes[place] = alphabet.randomElement(using: &generator) ?? 0
                }
            }
            let parsed = bytes.withUnsafeBytes { TraceParent($0) }
            guard let parsed else { continue }
            let trace = TraceContext(traceID: parsed.traceID, spanID: parsed.parentID, flags: parsed.flags)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains(trace.traceID.description) && text.contains(trace.spanID.description), "\(text)")
        }
    }
}
