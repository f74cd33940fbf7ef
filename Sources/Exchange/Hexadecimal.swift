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
        bytes.storeBytes(of: digits(UInt32(truncatingIfNeeded: value >> 32)).bigEndian, as: UInt64.self)
        bytes.storeBytes(of: digits(UInt32(truncatingIfNeeded: value)).bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Bytes of a UUID's text.
    package static let uuidLength = 36

    /// Writes a UUID's text (RFC 9562, 4) where there is room for it.
    package static func writeUUID(_ high: UInt64, _ low: UInt64, to place: UnsafeMutableRawPointer) {
        let hyphen = UInt8(ascii: "-")
        let (second, third) = (digits(UInt32(truncatingIfNeeded: high)), digits(UInt32(truncatingIfNeeded: low >> 32)))
        place.storeBytes(of: digits(UInt32(truncatingIfNeeded: high >> 32)).bigEndian, as: UInt64.self)
        place.storeBytes(of: hyphen, toByteOffset: 8, as: UInt8.self)
        place.storeBytes(of: UInt32(truncatingIfNeeded: second >> 32).bigEndian, toByteOffset: 9, as: UInt32.self)
        place.storeBytes(of: hyphen, toByteOffset: 13, as: UInt8.self)
        place.storeBytes(of: UInt32(truncatingIfNeeded: second).bigEndian, toByteOffset: 14, as: UInt32.self)
        place.storeBytes(of: hyphen, toByteOffset: 18, as: UInt8.self)
        place.storeBytes(of: UInt32(truncatingIfNeeded: third >> 32).bigEndian, toByteOffset: 19, as: UInt32.self)
        place.storeBytes(of: hyphen, toByteOffset: 23, as: UInt8.self)
        place.storeBytes(of: UInt32(truncatingIfNeeded: third).bigEndian, toByteOffset: 24, as: UInt32.self)
        place.storeBytes(of: digits(UInt32(truncatingIfNeeded: low)).bigEndian, toByteOffset: 28, as: UInt64.self)
    }

    /// Eight digits as the bytes of one word, the first digit in the highest: all at once, since an exchange and its spans have
    /// some hundred and twenty.
    package static func digits(_ value: UInt32) -> UInt64 {
        var nibbles = UInt64(value)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte that is to be a letter, which stands 0x27 beyond where the digits would go on.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
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
