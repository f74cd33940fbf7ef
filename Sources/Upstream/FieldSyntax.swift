internal import Exchange

/// What may stand in a field (RFC 9110, 5.6.2 and 5.5).
enum FieldSyntax {
    /// `tchar`: what a field name and a method are made of. 128 bits, one for each ASCII byte.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        let half: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return half >> UInt64(byte & 63) & 1 == 1
    }

    /// Whether these bytes, one at least, are a token.
    static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        Token.isWhole(bytes)
    }

    static func isToken(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { isToken(UnsafeRawBufferPointer($0)) } ?? text.utf8.allSatisfy { isToken($0) }
    }

    /// Whether a field's name, or a value without a byte that breaks its line, is this text of small letters and dashes, whatever the
    /// case of its letters. Eight bytes at a time: of what may stand in either, only a letter's other case becomes the letter by the bit.
    @inline(__always)
    static func isNamed(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        let letters = UnsafeRawPointer(text.utf8Start)
        var place = 0
        while place + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) | 0x2020_2020_2020_2020
            guard word == letters.loadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
            place += 8
        }
        while place < bytes.count {
            guard bytes[place] | 0x20 == letters.load(fromByteOffset: place, as: UInt8.self) else { return false }
            place += 1
        }
        return true
    }

    /// Whether it can stand in a request's first line: no space in it, no control character, and at least one byte.
    static func isTarget(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isTarget(UnsafeRawBufferPointer($0)) }
    }

    private static func isTarget(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place + 8 <= bytes.count {
            // Only a byte below 0x21, or one that is 0x7F, borrows from its highest bit where no byte before it did.
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let deletes = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let low = (word &- 0x2121_2121_2121_2121) & ~word | (deletes &- 0x0101_0101_0101_0101) & ~deletes
            guard low & 0x8080_8080_8080_8080 == 0 else { return false }
            place += 8
        }
        while place < bytes.count {
            guard bytes[place] > 0x20, bytes[place] != 0x7F else { return false }
            place += 1
        }
        return !bytes.isEmpty
    }

    /// Without the spaces and tabs at both ends.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (0, bytes.count)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// The elements of a comma-separated list, trimmed, empty ones included (RFC 9110, 5.6.1).
    static func forEachElement(of list: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for place in 0..<list.count where list[place] == 0x2C {
            body(trimmed(UnsafeRawBufferPointer(rebasing: list[start..<place])))
            start = place + 1
        }
        body(trimmed(UnsafeRawBufferPointer(rebasing: list[start...])))
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
