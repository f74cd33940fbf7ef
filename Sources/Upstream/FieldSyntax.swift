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
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
