/// What a field of a head may hold (RFC 9110, 5.5), whichever way the head goes.
package enum FieldText {
    /// Whether any byte ends a line, or a text of C, before its end: CR, LF or zero. Eight bytes at a time.
    package static func breaksLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place + 8 <= bytes.count {
            // A byte below 0x0E borrows from its own highest bit; what else does is found out one by one.
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if (word &- 0x0E0E_0E0E_0E0E_0E0E) & ~word & 0x8080_8080_8080_8080 != 0 { break }
            place += 8
        }
        while place < bytes.count {
            let byte = bytes[place]
            if byte <= 0x0D, byte == 0x0D || byte == 0x0A || byte == 0 { return true }
            place += 1
        }
        return false
    }
}
