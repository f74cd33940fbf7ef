/// Tokens of HTTP (RFC 9110, 5.6.2): what methods, the names of fields and of parameters are.
package enum Token {
    /// Whether it is a `tchar`: a letter, a digit or one of  ! # $ % & ' * + - . ^ _ ` | ~
    package static func contains(_ byte: UInt8) -> Bool {
        // A bit for each byte of ASCII.
        guard byte < 128 else { return false }
        let half: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return half >> UInt64(byte & 63) & 1 == 1
    }

    /// How many bytes at the front are. Letters and hyphens, which names of fields are made of, are seen eight at a time.
    package static func length(atFrontOf text: UnsafeRawBufferPointer) -> Int {
        var place = 0
        while place + 8 <= text.count {
            let others = others(in: UInt64(littleEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            place += others.trailingZeroBitCount / 8
            if others != 0 { break }
        }
        while place < text.count, contains(text[place]) { place += 1 }
        return place
    }

    /// The highest bit of each of the eight bytes that is neither a letter nor a hyphen.
    private static func others(in word: UInt64) -> UInt64 {
        let highest: UInt64 = 0x8080_8080_8080_8080
        let low = word & ~highest
        // Adding sets the highest bit of a byte that is `a` or more, and of one behind `z`; subtracting leaves it in one that is zero.
        let lower = low | 0x2020_2020_2020_2020
        let letters = (lower &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(lower &+ 0x0505_0505_0505_0505)
        let hyphens = highest &- (low ^ 0x2D2D_2D2D_2D2D_2D2D)
        return (~(letters | hyphens) | word) & highest
    }

    /// Whether all of it is one: at least one byte, and no other.
    package static func isWhole(_ text: UnsafeRawBufferPointer) -> Bool { !text.isEmpty && length(atFrontOf: text) == text.count }

    /// The same of any bytes, one by one.
    package static func isWhole(_ text: some Collection<UInt8>) -> Bool { !text.isEmpty && text.allSatisfy(contains) }
}
