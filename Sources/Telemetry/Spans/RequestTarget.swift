/// A request target taken apart for `url.path` and `url.query`.
struct RequestTarget {
    /// `*` where the request asks about the server as a whole.
    let path: Substring
    /// Without its `?`.
    let query: Substring?

    init(_ target: String) {
        let rest = RequestTarget.withoutAuthority(target)
        if let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = rest[..<mark]
            query = rest[rest.utf8.index(after: mark)...]
        } else {
            path = rest
            query = nil
        }
    }

    /// A target in absolute form names a server and may carry a password (RFC 9112, 3.2.2): neither belongs to the path.
    private static func withoutAuthority(_ target: String) -> Substring {
        guard target.utf8.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://") else { return target[...] }
        return target[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
    }
}

/// The value of `Host` taken apart (RFC 9110, 7.2).
struct HostField {
    /// Without brackets where it is an IPv6 address; empty where the value names none.
    let address: Substring
    /// The scheme's own where none is named; nil where what is named is no port.
    let port: Int?

    /// - Parameter defaultPort: the port of the scheme that the request came by.
    init(_ value: String, defaultPort: Int) {
        // No user information belongs here; where a client sends it all the same, it must not be shown.
        let authority = value.utf8.lastIndex(of: UInt8(ascii: "@")).map { value[value.utf8.index(after: $0)...] } ?? value[...]
        let (name, rest) = HostField.split(authority)
        address = name
        port = rest.isEmpty ? defaultPort : HostField.port(rest)
    }

    /// The name, and what follows it: nothing, or a colon and a port.
    private static func split(_ authority: Substring) -> (name: Substring, rest: Substring) {
        let bytes = authority.utf8
        if bytes.first == UInt8(ascii: "["), let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) {
            return (authority[bytes.index(after: bytes.startIndex)..<bracket], authority[bytes.index(after: bracket)...])
        }
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        return (authority[..<colon], authority[colon...])
    }

    private static func port(_ rest: Substring) -> Int? {
        guard rest.utf8.first == UInt8(ascii: ":"), let port = UInt16(rest.dropFirst()) else { return nil }
        return Int(port)
    }
}
