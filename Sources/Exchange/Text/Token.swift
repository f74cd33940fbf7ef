/// Tokens of HTTP (RFC 9110, 5.6.2): what methods, the names of fields and of parameters are.
package enum Token {
    /// Whether it is a `tchar`: a letter, a digit or one of  ! # $ % & ' * + - . ^ _ ` | ~
    package static func contains(_ byte: UInt8) -> Bool {
        // A bit for each of the 256 bytes, 64 in a word; none of the upper half is one.
        let word: UInt64 =
            switch byte >> 6 {
            case 0: 0x03FF_6CFA_0000_0000
            case 1: 0x57FF_FFFF_C7FF_FFFE
            default: 0
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }

    /// How many bytes at the front are. Letters and hyphens, which names of fields are made of, are seen eight at a time.
    package static func length(atFrontOf text: UnsafeRawBufferPointer) -> Int {
        var place = 0
        while place + 8 <= text.count, areLetters(text.loadUnaligned(fromByteOffset: place, as: UInt64.self)) { place += 8 }
        while place < text.count, contains(text[place]) { place += 1 }
        return place
    }

    /// Whether each of the eight bytes is a letter or a hyphen.
    private static func areLetters(_ word: UInt64) -> Bool {
        let highest: UInt64 = 0x8080_8080_8080_8080
        guard word & highest == 0 else { return false }
        // Adding sets the highest bit of a byte that is `a` or more, and of one behind `z`; subtracting leaves it in one that is zero.
        let lower = word | 0x2020_2020_2020_2020
        let letters = (lower &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(lower &+ 0x0505_0505_0505_0505)
        let hyphens = highest &- (word ^ 0x2D2D_2D2D_2D2D_2D2D)
        return (letters | hyphens) & highest == highest
    }

    /// Whether all of it is one: at least one byte, and no other.
    package static func isWhole(_ text: UnsafeRawBufferPointer) -> Bool { !text.isEmpty && length(atFrontOf: text) == text.count }

    /// Whether all of it is one: at least one byte, and no other.
    package static func isWhole(_ text: some Collection<UInt8>) -> Bool { !text.isEmpty && text.allSatisfy(contains) }
}
