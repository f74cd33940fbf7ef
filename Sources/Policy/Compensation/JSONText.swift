internal import Exchange

/// Finds values in a JSON document (RFC 8259) by their place in it, and gives them as they stand there: numbers keep their digits
/// and strings their escapes.
///
/// It reads no further than it must, so that whatever stands whole before the end of a document that was cut is found, and what
/// the cut went through is not. Of several members of one name the first counts.
struct JSONText {
    /// Bytes that are looked at; a longer document counts as cut there.
    static let sizeLimit = 1024 * 1024
    /// Objects and arrays inside one another.
    static let depthLimit = 64

    let bytes: ArraySlice<UInt8>
    private(set) var place: Int
    private var depth = 0

    struct Malformed: Error {}

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes.prefix(JSONText.sizeLimit))[...]
        place = 0
    }

    /// A document that has come whole, however long.
    init(whole bytes: [UInt8]) {
        // A number needs a byte behind it.
        self.bytes = (bytes + [0x0A])[...]
        place = 0
    }

    /// The text of the value that a pointer points to; nil where there is none, or what stands before it is not JSON.
    func value(at pointer: JSONPointer) -> ArraySlice<UInt8>? {
        var reader = self
        return try? reader.find(pointer.tokens[...])
    }

    private mutating func find(_ path: ArraySlice<[UInt8]>) throws(Malformed) -> ArraySlice<UInt8>? {
        skipSpace()
        guard let token = path.first else {
            let start = place
            try skip()
            guard peek.map(JSONText.endsValue) ?? true else { throw Malformed() }
            return bytes[start..<place]
        }
        switch peek {
        case UInt8(ascii: "{"): return try findMember(token, path.dropFirst())
        case UInt8(ascii: "["): return try findElement(token, path.dropFirst())
        default: return nil
        }
    }

    private mutating func findMember(_ name: [UInt8], _ rest: ArraySlice<[UInt8]>) throws(Malformed) -> ArraySlice<UInt8>? {
        try enter()
        var isFirst = true
        while try !leaves(UInt8(ascii: "}"), isFirst: isFirst) {
            isFirst = false
            let key = try key()
            if JSONText.unescaped(key).elementsEqual(name) { return try find(rest) }
            try skip()
        }
        return nil
    }

    private mutating func findElement(_ token: [UInt8], _ rest: ArraySlice<[UInt8]>) throws(Malformed) -> ArraySlice<UInt8>? {
        guard var index = JSONPointer.index(token) else { return nil }
        try enter()
        var isFirst = true
        while try !leaves(UInt8(ascii: "]"), isFirst: isFirst) {
            isFirst = false
            if index == 0 { return try find(rest) }
            index -= 1
            try skip()
        }
        return nil
    }

    // MARK: Reading over values

    private mutating func skip() throws(Malformed) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            try enter()
            var isFirst = true
            while try !leaves(UInt8(ascii: "}"), isFirst: isFirst) {
                isFirst = false
                _ = try key()
                try skip()
            }
        case UInt8(ascii: "["):
            try enter()
            var isFirst = true
            while try !leaves(UInt8(ascii: "]"), isFirst: isFirst) {
                isFirst = false
                try skip()
            }
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try number()
        }
    }

    /// A member's name with its quotes, and the colon behind it.
    mutating func key() throws(Malformed) -> ArraySlice<UInt8> {
        skipSpace()
        let key = try string()
        skipSpace()
        try take(UInt8(ascii: ":"))
        return key
    }

    /// With its quotes.
    mutating func string() throws(Malformed) -> ArraySlice<UInt8> {
        let start = place
        try take(UInt8(ascii: "\""))
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Malformed() }
            place += 1
            if byte == UInt8(ascii: "\\") { try escape() }
        }
        try take(UInt8(ascii: "\""))
        return bytes[start..<place]
    }

    private mutating func escape() throws(Malformed) {
        guard let byte = peek else { throw Malformed() }
        place += 1
        switch byte {
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard let digit = peek, Hexadecimal.digit(digit) != nil else { throw Malformed() }
                place += 1
            }
        case _ where JSONText.plainEscapes[byte] != nil: break
        default: throw Malformed()
        }
    }

    /// `-0.5e+3`. It needs a byte behind it: where the document was cut, digits may be missing.
    mutating func number() throws(Malformed) {
        _ = skipIf(UInt8(ascii: "-"))
        if !skipIf(UInt8(ascii: "0")) { try digits() }
        if skipIf(UInt8(ascii: ".")) { try digits() }
        if skipIf(UInt8(ascii: "e")) || skipIf(UInt8(ascii: "E")) {
            if !skipIf(UInt8(ascii: "+")) { _ = skipIf(UInt8(ascii: "-")) }
            try digits()
        }
        guard peek != nil else { throw Malformed() }
    }

    private mutating func digits() throws(Malformed) {
        let start = place
        while let byte = peek, byte &- 0x30 < 10 { place += 1 }
        guard place > start else { throw Malformed() }
    }

    mutating func word(_ word: StaticString) throws(Malformed) {
        for offset in 0..<word.utf8CodeUnitCount { try take(word.utf8Start[offset]) }
    }

    // MARK: Bytes

    var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func endsValue(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    mutating func skipSpace() {
        while let byte = peek, JSONText.isSpace(byte) { place += 1 }
    }

    private mutating func skipIf(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        place += 1
        return true
    }

    private mutating func take(_ byte: UInt8) throws(Malformed) {
        guard skipIf(byte) else { throw Malformed() }
    }

    /// Takes the bracket that opens an object or an array.
    mutating func enter() throws(Malformed) {
        place += 1
        depth += 1
        guard depth <= JSONText.depthLimit else { throw Malformed() }
    }

    /// Whether the closing bracket comes; otherwise the comma before the next part is taken.
    mutating func leaves(_ closing: UInt8, isFirst: Bool) throws(Malformed) -> Bool {
        skipSpace()
        if skipIf(closing) {
            depth -= 1
            return true
        }
        if !isFirst { try take(UInt8(ascii: ",")) }
        return false
    }
}
