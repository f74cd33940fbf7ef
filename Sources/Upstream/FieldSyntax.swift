/// What may stand in a field (RFC 9110, 5.6.2 and 5.5).
enum FieldSyntax {
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
