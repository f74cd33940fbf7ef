/// Letters of ASCII whatever their case, and any other byte as it is.
public enum ASCII {
    @inlinable public static func lowercase(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Of eight bytes at once. In each byte without its highest bit, adding 0x3F sets that bit from `A` on, and 0x25 behind `Z`.
    @inlinable public static func lowercase(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let capitals = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525) & ~word & 0x8080_8080_8080_8080
        return word | capitals >> 2
    }

    /// Whether the text is `letters`, which are in lower case and as many bytes. Eight are compared at once; the last eight
    /// once more where fewer are left.
    public static func equal(_ text: UnsafeRawBufferPointer, lowercase letters: UnsafeRawPointer) -> Bool {
        guard text.count >= 8 else {
            for place in 0..<text.count where lowercase(text[place]) != letters.load(fromByteOffset: place, as: UInt8.self) {
                return false
            }
            return true
        }
        var place = 0
        while place + 8 < text.count {
            guard isSameWord(text, letters, at: place) else { return false }
            place += 8
        }
        return isSameWord(text, letters, at: text.count - 8)
    }

    @inline(__always)
    private static func isSameWord(_ text: UnsafeRawBufferPointer, _ letters: UnsafeRawPointer, at place: Int) -> Bool {
        lowercase(text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            == letters.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    }
}
