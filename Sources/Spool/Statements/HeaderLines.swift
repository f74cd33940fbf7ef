internal import Exchange
internal import Foundation

/// Header fields as bytes in a file: lines as on the wire (RFC 9112, 5), which people can read, wherever those give back the
/// very same fields; else, after a byte 0, each name and value after its length in four bytes, the lowest first.
enum HeaderLines {
    private static let (cr, lf, colon, space) = (UInt8(0x0D), UInt8(0x0A), UInt8(0x3A), UInt8(0x20))

    static func data(_ headers: Headers) -> Data {
        isPlain(headers) ? lines(headers) : counted(headers)
    }

    /// nil where the bytes are not what `data` makes.
    static func headers(_ data: Data) -> Headers? {
        data.withUnsafeBytes { bytes in
            bytes.first == 0 ? fromCounted(UnsafeRawBufferPointer(rebasing: bytes[1...])) : fromLines(bytes)
        }
    }

    /// Whether no field holds a byte at which its line would be cut elsewhere.
    private static func isPlain(_ headers: Headers) -> Bool {
        var isPlain = true
        headers.forEach { name, value in
            isPlain = isPlain && !name.contains { $0 == colon || $0 == cr || $0 == lf || $0 == 0 }
                && !value.contains { $0 == cr || $0 == lf }
        }
        return isPlain
    }

    private static func lines(_ headers: Headers) -> Data {
        var data = Data(capacity: headers.byteCount + 4 * headers.count)
        headers.forEach { name, value in
            data.append(contentsOf: name)
            data.append(contentsOf: [colon, space])
            data.append(contentsOf: value)
            data.append(contentsOf: [cr, lf])
        }
        return data
    }

    private static func fromLines(_ bytes: UnsafeRawBufferPointer) -> Headers? {
        var headers = Headers()
        headers.reserve(fields: 16, bytes: bytes.count)
        var start = 0
        while start < bytes.count {
            guard let middle = bytes[start...].firstIndex(of: colon), middle + 1 < bytes.count, bytes[middle + 1] == space,
                let end = bytes[(middle + 2)...].firstIndex(of: cr), end + 1 < bytes.count, bytes[end + 1] == lf
            else { return nil }
            headers.append(
                name: UnsafeRawBufferPointer(rebasing: bytes[start..<middle]),
                value: UnsafeRawBufferPointer(rebasing: bytes[(middle + 2)..<end]))
            start = end + 2
        }
        return headers
    }

    private static func counted(_ headers: Headers) -> Data {
        var data = Data([0])
        headers.forEach { name, value in
            for part in [name, value] {
                withUnsafeBytes(of: UInt32(part.count).littleEndian) { data.append(contentsOf: $0) }
                data.append(contentsOf: part)
            }
        }
        return data
    }

    private static func fromCounted(_ bytes: UnsafeRawBufferPointer) -> Headers? {
        var headers = Headers()
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let name = part(of: &rest), let value = part(of: &rest) else { return nil }
            headers.append(name: UnsafeRawBufferPointer(rebasing: name), value: UnsafeRawBufferPointer(rebasing: value))
        }
        return headers
    }

    private static func part(of rest: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer>? {
        guard rest.count >= 4 else { return nil }
        let length = Int(UInt32(littleEndian: UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt32.self)))
        rest = rest.dropFirst(4)
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}
