#if canImport(Glibc)
internal import Glibc
#endif

/// The classes of bytes that HTTP's grammar is made of (RFC 9110, 5.5 and 5.6; RFC 3986, 2).
enum Bytes {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A

    /// unreserved and sub-delims: what a registered name consists of beside percent-encoded bytes.
    @inline(__always)
    static func isRegisteredName(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x2BFF_7FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    @inline(__always)
    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    /// Visible ASCII: no space, no control, nothing beyond 0x7E.
    @inline(__always)
    static func isVisible(_ byte: UInt8) -> Bool { byte &- 0x21 < 0x5E }

    /// What a field value may hold: visible ASCII, obs-text, space and tab.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= space && byte != 0x7F || byte == tab }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// The value of a hexadecimal digit of either case.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// Where `byte` first stands at or after `start`.
    static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress else { return nil }
        guard let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// What follows the visible ASCII, obs-text and spaces at the front, of which eight are seen at a time.
    static func behindPlainText(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var place = 0
        while place + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            // A byte below a space borrows from its own highest bit, and so does one that is zero.
            let found = (word &- 0x2020_2020_2020_2020) & ~word | (delete &- 0x0101_0101_0101_0101) & ~delete
            if found & 0x8080_8080_8080_8080 != 0 { break }
            place += 8
        }
        return slice(bytes, place..<bytes.count)
    }

    /// Whether all are visible ASCII, of which eight are seen at a time.
    static func areVisible(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            // Sets the highest bit of a byte that is below 0x21, and that of one that is above 0x7E.
            let found = (word &- 0x2121_2121_2121_2121) | (word &+ 0x0101_0101_0101_0101) | word
            if found & 0x8080_8080_8080_8080 != 0 { break }
            place += 8
        }
        while place < bytes.count {
            guard isVisible(bytes[place]) else { return false }
            place += 1
        }
        return true
    }

    /// Whether these are those bytes, as many of them.
    @inline(__always)
    static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        for place in 0..<text.utf8CodeUnitCount where bytes[place] != text.utf8Start[place] { return false }
        return true
    }

    static func slice(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// Without the spaces and tabs at both ends (OWS).
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var range = 0..<bytes.count
        while let last = range.last, isBlank(bytes[last]) { range = range.lowerBound..<last }
        while let first = range.first, isBlank(bytes[first]) { range = first + 1..<range.upperBound }
        return slice(bytes, range)
    }

    /// The elements of a comma-separated list, trimmed, empty ones included (RFC 9110, 5.6.1).
    static func forEachElement(of list: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        while let comma = first(0x2C, in: list, from: start) {
            body(trimmed(slice(list, start..<comma)))
            start = comma + 1
        }
        body(trimmed(slice(list, start..<list.count)))
    }
}
