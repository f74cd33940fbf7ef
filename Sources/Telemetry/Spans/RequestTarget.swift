/// A request target taken apart for `url.path` and `url.query`; both are views of the text it was made of.
struct RequestTarget {
    /// `*` where the request asks about the server as a whole.
    let path: UnsafeBufferPointer<UInt8>
    /// Without its `?`.
    let query: UnsafeBufferPointer<UInt8>?

    init(_ target: UnsafeBufferPointer<UInt8>) {
        let rest = RequestTarget.withoutAuthority(target)
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            path = UnsafeBufferPointer(rebasing: rest[..<mark])
            query = UnsafeBufferPointer(rebasing: rest[(mark + 1)...])
        } else {
            path = rest
            query = nil
        }
    }

    var isAsterisk: Bool { path.count == 1 && path.first == UInt8(ascii: "*") }

    /// A target in absolute form names a server and may carry a password (RFC 9112, 3.2.2): neither belongs to the path.
    private static func withoutAuthority(_ target: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard target.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://".utf8) else { return target }
        let authority = target[scheme.upperBound...]
        let end = authority.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? target.endIndex
        return UnsafeBufferPointer(rebasing: target[end...])
    }
}

/// The value of `Host` taken apart (RFC 9110, 7.2); the address is a view of the text it was made of.
struct HostField {
    /// Without brackets where it is an IPv6 address; empty where the value names none.
    let address: UnsafeBufferPointer<UInt8>
    /// The scheme's own where none is named; nil where what is named is no port.
    let port: Int?

    /// - Parameter defaultPort: the port of the scheme that the request came by.
    init(_ value: UnsafeBufferPointer<UInt8>, defaultPort: Int) {
        // No user information belongs here; where a client sends it all the same, it must not be shown.
        let start = value.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        let (name, rest) = HostField.split(value[start...])
        address = UnsafeBufferPointer(rebasing: name)
        port = rest.isEmpty ? defaultPort : HostField.port(rest)
    }

    private typealias Part = Slice<UnsafeBufferPointer<UInt8>>

    /// The name, and what follows it: nothing, or a colon and a port.
    private static func split(_ authority: Part) -> (name: Part, rest: Part) {
        if authority.first == UInt8(ascii: "["), let bracket = authority.firstIndex(of: UInt8(ascii: "]")) {
            return (authority[authority.startIndex + 1..<bracket], authority[(bracket + 1)...])
        }
        let colon = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        return (authority[..<colon], authority[colon...])
    }

    private static func port(_ rest: Part) -> Int? {
        guard rest.first == UInt8(ascii: ":"), (2...6).contains(rest.count) else { return nil }
        var port = 0
        for byte in rest.dropFirst() {
            guard (0x30...0x39).contains(byte) else { return nil }
            port = port * 10 + Int(byte - 0x30)
        }
        return port <= 65_535 ? port : nil
    }
}
