/// The request target taken apart (RFC 9112, 3.2).
struct RequestTarget: Equatable {
    /// In origin form, or `*`; byte for byte as it came where it came so.
    var target: String
    /// Of a target that came in absolute form: its host and port, which stand in for the Host field.
    var authority: String?

    /// - Parameter bytes: visible ASCII alone.
    static func parse(_ bytes: UnsafeRawBufferPointer, method: String) throws(Refusal) -> RequestTarget {
        guard method != "CONNECT" else { throw .connect }
        guard Bytes.first(0x23, in: bytes) == nil else { throw .fragmentInTarget }
        if bytes.first == 0x2F { return RequestTarget(target: text(bytes)) }
        guard bytes.count == 1, bytes[0] == 0x2A else { return try absolute(bytes, method: method) }
        guard method == "OPTIONS" else { throw .starTarget }
        return RequestTarget(target: "*")
    }

    private static func absolute(_ bytes: UnsafeRawBufferPointer, method: String) throws(Refusal) -> RequestTarget {
        let scheme: StaticString = "http://"
        let length = scheme.utf8CodeUnitCount
        guard bytes.count > length else { throw .invalidTargetForm }
        for place in 0..<length where bytes[place] | 0x20 != scheme.utf8Start[place] | 0x20 { throw .invalidTargetForm }
        let rest = Bytes.slice(bytes, length..<bytes.count)
        let end = rest.firstIndex { $0 == 0x2F || $0 == 0x3F } ?? rest.count
        let authority = Bytes.slice(rest, 0..<end)
        guard !authority.isEmpty, Authority.isValid(authority) else { throw .invalidAuthority }
        let path = text(Bytes.slice(rest, end..<rest.count))
        // RFC 9112, 3.2.4: OPTIONS for a whole server comes from a proxy's client as a URL without path and query.
        let target = path.isEmpty ? (method == "OPTIONS" ? "*" : "/") : path.hasPrefix("?") ? "/" + path : path
        return RequestTarget(target: target, authority: text(authority))
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A host with an optional port, as in the Host field (RFC 9110, 7.2; RFC 3986, 3.2.2 and 3.2.3).
enum Authority {
    /// Whether `bytes` are empty or a host with an optional port. No user, no zone, no blank.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.isEmpty { return true }
        guard let end = bytes.first == 0x5B ? endOfLiteral(bytes) : endOfName(bytes) else { return false }
        if end == bytes.count { return true }
        return bytes[end] == Bytes.colon && isPort(Bytes.slice(bytes, end + 1..<bytes.count))
    }

    /// Behind an IPv6 address in brackets.
    private static func endOfLiteral(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let close = Bytes.first(0x5D, in: bytes), close > 3 else { return nil }
        var colons = 0
        for byte in Bytes.slice(bytes, 1..<close) {
            if byte == Bytes.colon { colons += 1 } else if Bytes.hexadecimal(byte) == nil, byte != 0x2E { return nil }
        }
        return colons >= 2 ? close + 1 : nil
    }

    /// Behind a registered name or an IPv4 address, which is not empty.
    private static func endOfName(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var place = 0
        while place < bytes.count, bytes[place] != Bytes.colon {
            if Bytes.isRegisteredName(bytes[place]) {
                place += 1
            } else {
                guard bytes[place] == 0x25, place + 2 < bytes.count, Bytes.hexadecimal(bytes[place + 1]) != nil,
                    Bytes.hexadecimal(bytes[place + 2]) != nil
                else { return nil }
                place += 3
            }
        }
        return place > 0 ? place : nil
    }

    private static func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= 5 else { return false }
        var port = 0
        for byte in bytes {
            guard Bytes.isDigit(byte) else { return false }
            port = port * 10 + Int(byte - 0x30)
        }
        return port <= 65_535
    }
}
