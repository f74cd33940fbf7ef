/// JSON text (RFC 8259) as bytes, written front to back into storage that is kept from one use to the next.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    /// Starts anew, with the storage that is there.
    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    mutating func reserve(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Takes back all that was written after the first `count` bytes.
    mutating func cut(to count: Int) { bytes.removeSubrange(min(count, bytes.count)...) }

    // MARK: Text that is JSON already

    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    /// A comma, unless an array or object has just been opened.
    mutating func separate() {
        guard let last = bytes.last, last != UInt8(ascii: "["), last != UInt8(ascii: "{") else { return }
        bytes.append(UInt8(ascii: ","))
    }

    // MARK: Values

    /// A string, quotes included; cut between two characters after at most `limit` bytes of UTF-8.
    mutating func quoted(_ text: some StringProtocol, limit: Int) {
        bytes.append(UInt8(ascii: "\""))
        escaped(text, limit: limit)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The inside of a string.
    mutating func escaped(_ text: some StringProtocol, limit: Int) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { escape($0, limit: limit) }
        if done == nil { Array(text.utf8).withUnsafeBufferPointer { escape($0, limit: limit) } }
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var (rest, place) = (UInt64(value.magnitude), 20)
            repeat {
                place -= 1
                digits[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[place...]))
        }
    }

    /// A number; what JSON has no number for is the word that the JSON form of Protocol Buffers takes in its place.
    mutating func number(_ value: Double) {
        if value.isNaN { return raw("\"NaN\"") }
        if value.isInfinite { return raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Sixteen hexadecimal digits, without quotes.
    mutating func hexadecimal(_ value: UInt64) { hexadecimal(value, digits: 0..<16) }

    private mutating func hexadecimal(_ value: UInt64, digits: Range<Int>) {
        for place in digits {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place) & 0xF)
            bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }

    /// A UUID's text (RFC 9562, 4), without quotes.
    mutating func uuid(_ high: UInt64, _ low: UInt64) {
        hexadecimal(high, digits: 0..<8)
        raw("-")
        hexadecimal(high, digits: 8..<12)
        raw("-")
        hexadecimal(high, digits: 12..<16)
        raw("-")
        hexadecimal(low, digits: 0..<4)
        raw("-")
        hexadecimal(low, digits: 4..<16)
    }

    // MARK: Escaping

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, limit: Int) {
        let end = Self.boundary(in: text, limit: limit)
        var clean = 0
        for place in 0..<end where Self.needsEscape(text[place]) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[clean..<place]))
            escape(text[place])
            clean = place + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[clean..<end]))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case UInt8(ascii: "\n"): raw("\\n")
        case UInt8(ascii: "\r"): raw("\\r")
        case UInt8(ascii: "\t"): raw("\\t")
        default:
            raw(byte < 0x10 ? "\\u000" : "\\u001")
            let nibble = byte & 0xF
            bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }

    /// The longest prefix of at most `limit` bytes that ends between two characters.
    private static func boundary(in text: UnsafeBufferPointer<UInt8>, limit: Int) -> Int {
        guard text.count > limit else { return text.count }
        var end = max(0, limit)
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }
}
