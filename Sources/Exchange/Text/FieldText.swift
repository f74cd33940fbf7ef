/// What a field of a head may hold (RFC 9110, 5.5), whichever way the head goes.
package enum FieldText {
    /// Whether any byte ends a line, or a text of C, before its end: CR, LF or zero. Eight bytes at a time, the last eight of them
    /// possibly for a second time.
    package static func breaksLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 8 else { return holdsBreak(bytes) }
        var place = 0
        while place < bytes.count {
            // A byte below 0x0E borrows from its own highest bit; what else does is found out one by one.
            let word = bytes.loadUnaligned(fromByteOffset: min(place, bytes.count - 8), as: UInt64.self)
            guard (word &- 0x0E0E_0E0E_0E0E_0E0E) & ~word & 0x8080_8080_8080_8080 == 0 else { return holdsBreak(bytes) }
            place += 8
        }
        return false
    }

    private static func holdsBreak(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for place in 0..<bytes.count where bytes[place] <= 0x0D {
            if bytes[place] == 0x0D || bytes[place] == 0x0A || bytes[place] == 0 { return true }
        }
        return false
    }
}
