/// Text within a URL (RFC 3986, 2.1).
package enum PercentEncoding {
    /// All but the unreserved characters is encoded.
    package static func encoded(_ text: some StringProtocol) -> String {
        String(decoding: encoded(bytes: text.utf8), as: UTF8.self)
    }

    /// The same of any bytes.
    package static func encoded(bytes: some Collection<UInt8>) -> [UInt8] {
        bytes.reduce(into: []) { result, byte in
            if isUnreserved(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 0xF)]
            }
        }
    }

    /// nil where an encoding is cut off or not of hexadecimal digits, or the whole is not UTF-8. `+` is a space, as forms write it.
    package static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Hexadecimal.digit), let low = rest.popFirst().flatMap(Hexadecimal.digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// RFC 3986, 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// Upper case, as RFC 3986, 2.1, has it.
    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x37 + nibble }
}
