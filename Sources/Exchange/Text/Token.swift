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

    /// Whether all of it is one: at least one byte, and no other.
    package static func isWhole(_ text: some Collection<UInt8>) -> Bool { !text.isEmpty && text.allSatisfy(contains) }
}
