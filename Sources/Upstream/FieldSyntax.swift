internal import Glibc

/// What may stand in a field (RFC 9110, 5.6.2 and 5.5).
enum FieldSyntax {
    /// `tchar`: what a field name and a method are made of.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// Whether a value holds a byte that would end its line, or libcurl's text, before its end.
    static func breaksLine(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let start = value.baseAddress else { return false }
        return memchr(start, 0x0D, value.count) != nil || memchr(start, 0x0A, value.count) != nil || memchr(start, 0, value.count) != nil
    }

    /// Without the spaces and tabs at both ends.
    static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> UnsafeRawBufferPointer {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return UnsafeRawBufferPointer(rebasing: bytes)
    }
}
