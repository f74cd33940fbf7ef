internal import Exchange
internal import Glibc

/// Addresses to listen on: `127.0.0.1:4100`, `[::1]:4100`, `localhost:4100`, `unix:/path`.
enum AddressText {
    static let expected = "an address such as 127.0.0.1:4100, [::1]:4100 or unix:/run/pantograph.sock"

    /// Bytes of a socket's path: `sun_path` without its final zero.
    private static let pathBound = 107

    /// - Parameter directory: what a relative path of a Unix-domain socket is relative to.
    static func form(in directory: String) -> Form<ListenAddress> {
        Form(expected) { text throws(Complaint) in try parse(text, in: directory) }
    }

    static func parse(_ text: String, in directory: String) throws(Complaint) -> ListenAddress {
        if text.hasPrefix("unix:") { return try unix(String(text.dropFirst(5)), in: directory) }
        guard !text.contains("/") else {
            throw Complaint(
                "expected \(expected)", hint: "an address has no scheme and no path; a Unix-domain socket is unix:/path")
        }
        guard let (host, port) = split(text) else {
            throw Complaint("expected \(expected)", code: .wrongType, hint: hint(for: text))
        }
        guard isIPv4(host) || isIPv6(host) || host == "localhost" else {
            throw Complaint("expected \(expected)", hint: "names other than localhost are not resolved: write the address itself")
        }
        guard let number = PortText.parse(port, least: 0) else {
            throw Complaint("the port must be from 0 to 65535", code: .outOfRange)
        }
        return .ip(host: host, port: number)
    }

    private static func unix(_ path: String, in directory: String) throws(Complaint) -> ListenAddress {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw Complaint("expected \(expected)", hint: "write the socket's path after unix:")
        }
        let resolved = FileText.resolve(path, in: directory)
        guard resolved.utf8.count <= pathBound else {
            throw Complaint("a socket's path is at most \(pathBound) bytes long", code: .outOfRange)
        }
        return .unix(path: resolved)
    }

    /// Host without brackets, and port.
    private static func split(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard isIPv6(String(host)) else { return nil }
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), String(text[text.index(after: colon)...]))
    }

    private static func hint(for text: String) -> String? {
        if isIPv6(text) { return "write an IPv6 address in brackets and a port: [\(text)]:4100" }
        if text.hasPrefix(":") { return "write the address too: 127.0.0.1\(text)" }
        if PortText.parse(text, least: 0) != nil { return "write the address too: 127.0.0.1:\(text)" }
        if isIPv4(text) || text == "localhost" { return "write a port too: \(text):4100" }
        return nil
    }

    static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }
}

enum PortText {
    static func parse(_ text: some StringProtocol, least: Int) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text) else {
            return nil
        }
        return (least...65535).contains(port) ? port : nil
    }
}

extension ListenAddress {
    /// Whether only this machine reaches it.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .ip(let host, _): Loopback.contains(host)
        }
    }

    /// Whether both can't be bound at once, or a call to one would reach the other.
    func collides(with other: ListenAddress) -> Bool {
        switch (self, other) {
        case (.unix(let left), .unix(let right)): left == right
        case (.ip(let left, let port), .ip(let right, let otherPort)):
            port != 0 && port == otherPort
                && (left == right || Loopback.isWildcard(left) || Loopback.isWildcard(right)
                    || left == "localhost" && Loopback.contains(right) || right == "localhost" && Loopback.contains(left))
        default: false
        }
    }
}

/// Addresses of the machine itself (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3).
enum Loopback {
    static func contains(_ host: String) -> Bool {
        if host == "localhost" { return true }
        var v4 = in_addr()
        if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
        guard let bytes = v6(host) else { return false }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? bytes[12] == 127 : bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    static func isWildcard(_ host: String) -> Bool {
        host == "0.0.0.0" || v6(host)?.allSatisfy { $0 == 0 } == true
    }

    private static func v6(_ host: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }
}
