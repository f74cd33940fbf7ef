/// Letters of ASCII whatever their case, and any other byte as it is.
public enum ASCII {
    @inlinable public static func lowercase(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Of eight bytes at once. In each byte without its highest bit, adding 0x3F sets that bit from `A` on, and 0x25 behind `Z`.
    @inlinable public static func lowercase(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let capitals = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525) & ~word & 0x8080_8080_8080_8080
        return word | capitals >> 2
    }

    /// Whether the text is `letters`, which are in lower case and as many bytes: eight at a time, the last eight overlapping those
    /// before, and of a shorter one twice four.
    public static func equal(_ text: UnsafeRawBufferPointer, lowercase letters: UnsafeRawPointer) -> Bool {
        guard let start = text.baseAddress, text.count >= 4 else {
            for place in 0..<text.count where lowercase(text[place]) != letters.load(fromByteOffset: place, as: UInt8.self) {
                return false
            }
            return true
        }
        guard text.count >= 8 else { return lowercase(ends(of: start, text.count)) == ends(of: letters, text.count) }
        var place = 0
        while place + 8 < text.count {
            guard lowercase(word(start + place)) == word(letters + place) else { return false }
            place += 8
        }
        return lowercase(word(start + text.count - 8)) == word(letters + text.count - 8)
    }

    @inline(__always)
    private static func word(_ place: UnsafeRawPointer) -> UInt64 { place.loadUnaligned(as: UInt64.self) }

    /// The first four bytes and the last four.
    @inline(__always)
    private static func ends(of text: UnsafeRawPointer, _ count: Int) -> UInt64 {
        UInt64(text.loadUnaligned(as: UInt32.self)) << 32 | UInt64((text + count - 4).loadUnaligned(as: UInt32.self))
    }
}
