/// Lower-case base-16 text of fixed width.
package enum Hexadecimal {
    /// Sixteen digits.
    package static func string(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { digits in
            write(value, to: UnsafeMutableRawBufferPointer(digits))
            return 16
        }
    }

    /// Writes sixteen digits to the start of `bytes`, which must have room for them.
    package static func write(_ value: UInt64, to bytes: UnsafeMutableRawBufferPointer) {
        for place in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place) & 0xF)
            bytes[place] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
        }
    }

    /// The value of up to sixteen lower-case digits; nil where anything else stands, capitals too.
    package static func value(_ digits: UnsafeRawBufferPointer) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    /// The same of any bytes; those that do not lie together are gathered first.
    package static func value(_ digits: some Collection<UInt8>) -> UInt64? {
        digits.withContiguousStorageIfAvailable { value(UnsafeRawBufferPointer($0)) } ?? Array(digits).withUnsafeBytes { value($0) }
    }

    /// The value of one digit in either case, as percent-encoding has it (RFC 3986, 2.1).
    package static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
