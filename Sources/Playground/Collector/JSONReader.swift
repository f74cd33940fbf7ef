/// Reads JSON (RFC 8259) in one pass over its bytes and keeps only what the caller asks for.
///
/// It takes what an exporter sends at the cost of a scan, so that a benchmark measures the exporter and not its collector.
struct JSONReader: ~Copyable {
    struct Fault: Error, Equatable, CustomStringConvertible {
        var offset: Int
        var expected: String
        var description: String { "byte \(offset): expected \(expected)" }
    }

    /// Objects and arrays inside one another.
    static let depthBound = 64

    private let bytes: UnsafeRawBufferPointer
    private var place = 0
    private var depth = 0

    /// - Parameter bytes: stay valid for as long as the reader lives.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Reads an object; `member` reads the value of each key.
    mutating func object(_ member: (inout JSONReader, String) throws(Fault) -> Void) throws(Fault) {
        try enter(0x7B, "an object")
        if try !leaves(0x7D, isFirst: true) {
            repeat {
                let key = try string()
                try take(0x3A, "a colon")
                try member(&self, key)
            } while try !leaves(0x7D, isFirst: false)
        }
        depth -= 1
    }

    /// Reads an array; `element` reads each value.
    mutating func array(_ element: (inout JSONReader) throws(Fault) -> Void) throws(Fault) {
        try enter(0x5B, "an array")
        if try !leaves(0x5D, isFirst: true) {
            repeat { try element(&self) } while try !leaves(0x5D, isFirst: false)
        }
        depth -= 1
    }

    mutating func string() throws(Fault) -> String {
        try take(0x22, "a string")
        let start = place
        while let byte = peek, byte != 0x22, byte != 0x5C {
            guard byte >= 0x20 else { throw fault("no control character in a string") }
            place += 1
        }
        guard let byte = peek else { throw fault("the string's end") }
        if byte == 0x22 {
            defer { place += 1 }
            return String(decoding: bytes[start..<place], as: UTF8.self)
        }
        return try escapedString(from: start)
    }

    /// A whole number, or one in a string as OTLP writes 64-bit ones.
    mutating func integer() throws(Fault) -> UInt64 {
        skipSpace()
        let isQuoted = peek == 0x22
        if isQuoted { place += 1 }
        let digits = scanNumber()
        if isQuoted { try takeNow(0x22, "the number's closing quote") }
        guard let value = UInt64(digits) else { throw fault("a whole number that is not negative") }
        return value
    }

    /// A string, number or truth value as text; nil for anything else, which is skipped.
    mutating func text() throws(Fault) -> String? {
        skipSpace()
        guard let first = peek else { throw fault("a value") }
        switch first {
        case 0x22: return try string()
        case 0x74, 0x66, 0x2D, 0x30...0x39:
            let start = place
            try skip()
            return String(decoding: bytes[start..<place], as: UTF8.self)
        default:
            try skip()
            return nil
        }
    }

    /// Reads any value and forgets it.
    mutating func skip() throws(Fault) {
        skipSpace()
        switch peek {
        case 0x22: try skipString()
        case 0x7B: try object { reader, _ throws(Fault) in try reader.skip() }
        case 0x5B: try array { reader throws(Fault) in try reader.skip() }
        case 0x74: try word("true")
        case 0x66: try word("false")
        case 0x6E: try word("null")
        default: if Double(scanNumber()) == nil { throw fault("a value") }
        }
    }

    /// Nothing but space may follow.
    mutating func end() throws(Fault) {
        skipSpace()
        if peek != nil { throw fault("the end") }
    }

    // MARK: Bytes

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func fault(_ expected: String) -> Fault { Fault(offset: place, expected: expected) }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func take(_ byte: UInt8, _ name: String) throws(Fault) {
        skipSpace()
        try takeNow(byte, name)
    }

    private mutating func takeNow(_ byte: UInt8, _ name: String) throws(Fault) {
        guard peek == byte else { throw fault(name) }
        place += 1
    }

    private mutating func enter(_ byte: UInt8, _ name: String) throws(Fault) {
        try take(byte, name)
        depth += 1
        guard depth <= Self.depthBound else { throw fault("at most \(Self.depthBound) values inside one another") }
    }

    /// Whether the closing byte comes; otherwise the comma before the next part is taken.
    private mutating func leaves(_ closing: UInt8, isFirst: Bool) throws(Fault) -> Bool {
        skipSpace()
        if peek == closing {
            place += 1
            return true
        }
        if !isFirst { try takeNow(0x2C, "a comma or the end of what was begun") }
        return false
    }

    private mutating func word(_ word: StaticString) throws(Fault) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[offset] else { throw fault("a value") }
            place += 1
        }
    }

    private mutating func scanNumber() -> String {
        let start = place
        while let byte = peek, byte == 0x2B || byte == 0x2D || byte == 0x2E || byte | 0x20 == 0x65 || byte &- 0x30 < 10 { place += 1 }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func skipString() throws(Fault) {
        try take(0x22, "a string")
        while let byte = peek, byte != 0x22 {
            guard byte >= 0x20 else { throw fault("no control character in a string") }
            place += byte == 0x5C ? 2 : 1
        }
        try takeNow(0x22, "the string's end")
    }
}

extension JSONReader {
    /// Goes on from the first backslash of a string that began at `start`.
    private mutating func escapedString(from start: Int) throws(Fault) -> String {
        var text = Array(bytes[start..<place])
        while let byte = peek, byte != 0x22 {
            place += 1
            if byte == 0x5C {
                text.append(contentsOf: Array(try escaped().utf8))
            } else {
                guard byte >= 0x20 else { throw fault("no control character in a string") }
                text.append(byte)
            }
        }
        try takeNow(0x22, "the string's end")
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escaped() throws(Fault) -> String {
        guard let byte = peek else { throw fault("the string's end") }
        place += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return String(UnicodeScalar(byte))
        case 0x62: return "\u{08}"
        case 0x66: return "\u{0C}"
        case 0x6E: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75: return try escapedScalar()
        default: throw fault("an escape of JSON")
        }
    }

    /// What follows `\u`: one unit of UTF-16, or the two of a pair. Half of a pair becomes the replacement character.
    private mutating func escapedScalar() throws(Fault) -> String {
        var units = [try unit()]
        if UTF16.isLeadSurrogate(units[0]), peek == 0x5C, place + 1 < bytes.count, bytes[place + 1] == 0x75 {
            place += 2
            units.append(try unit())
        }
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func unit() throws(Fault) -> UInt16 {
        guard place + 4 <= bytes.count else { throw fault("four hexadecimal digits") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(bytes[place])).hexDigitValue else { throw fault("four hexadecimal digits") }
            value = value << 4 | UInt16(digit)
            place += 1
        }
        return value
    }
}
