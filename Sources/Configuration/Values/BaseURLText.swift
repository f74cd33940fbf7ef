internal import Exchange

/// An upstream's URL (RFC 3986): `http` or `https`, host, port, path. What is wrong is said part by part; a URL with a user
/// or a query is never shown, since those may be secrets.
enum BaseURLText {
    static let expected = "a URL such as https://api.example.com/v2"

    static let form = Form<BaseURL>(expected) { text throws(Complaint) in
        do throws(Complaint) {
            return try parse(text)
        } catch {
            var complaint = error
            complaint.showsValue = !text.contains("@") && !text.contains("?")
            throw complaint
        }
    }

    static func parse(_ text: String) throws(Complaint) -> BaseURL {
        let (scheme, rest) = try scheme(of: text)
        guard !rest.contains("#") else {
            throw Complaint("the URL has a fragment ('#…'), which is never sent", hint: "leave it out")
        }
        guard !rest.contains("?") else {
            throw Complaint(
                "the URL has a query ('?…')",
                hint: "leave it out: the application's own query goes upstream; a key belongs in credentials or headers.set")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw Complaint(
                "the URL has a user or password in it",
                hint: "write them as  credentials: { basic: { user: NAME, password: { env: NAME } } }")
        }
        let (host, port) = try hostAndPort(authority, scheme)
        return BaseURL(scheme: scheme, host: host, port: port, pathPrefix: try path(rest.dropFirst(authority.count)))
    }

    private static func scheme(of text: String) throws(Complaint) -> (String, Substring) {
        guard let separator = text.firstRange(of: "://") else {
            guard !text.isEmpty else { throw Complaint("the URL is empty", hint: "write \(expected)") }
            throw Complaint(
                "the URL has no scheme",
                hint: text.contains(where: { "@? \t".contains($0) }) ? nil : "did you mean 'https://\(text)'?")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw Complaint("the URL's scheme is neither http nor https")
        }
        return (scheme, text[separator.upperBound...])
    }

    private static func hostAndPort(_ authority: Substring, _ scheme: String) throws(Complaint) -> (String, Int) {
        let (host, port) = try HostText.parse(authority)
        guard let port else { return (host, scheme == "https" ? 443 : 80) }
        guard let number = PortText.parse(port, least: 1) else {
            throw Complaint("the URL's port must be a number from 1 to 65535", code: .outOfRange)
        }
        return (host, number)
    }

    /// Without the slashes at its end.
    private static func path(_ text: Substring) throws(Complaint) -> String {
        guard TargetText.isPath(text) else {
            throw Complaint("the URL's path has characters that don't belong in one", hint: "percent-encode them: a space is %20")
        }
        let end = text.lastIndex { $0 != "/" }
        return end.map { String(text[...$0]) } ?? ""
    }
}

/// The host of a URL: a name, an IPv4 address or an IPv6 address in brackets, with its port as text.
enum HostText {
    static func parse(_ authority: Substring) throws(Complaint) -> (host: String, port: Substring?) {
        if authority.hasPrefix("[") {
            let host = authority.dropFirst().prefix { $0 != "]" }
            let rest = authority.dropFirst(host.count + 1)
            guard AddressText.isIPv6(String(host)), rest == "]" || rest.hasPrefix("]:") else {
                throw Complaint("the URL's host is not an IPv6 address in brackets", hint: "write for example  http://[::1]:8080")
            }
            return (host.lowercased(), rest == "]" ? nil : rest.dropFirst(2))
        }
        let host = authority.prefix { $0 != ":" }
        guard !host.isEmpty else { throw Complaint("the URL has no host", hint: "write \(BaseURLText.expected)") }
        guard isName(host) else {
            throw Complaint(
                "the URL's host has characters that don't belong in one",
                hint: host.utf8.contains { $0 > 0x7F } ? "write a name beyond ASCII in its xn-- form" : nil)
        }
        return (host.lowercased(), host.count == authority.count ? nil : authority.dropFirst(host.count + 1))
    }

    private static func isName(_ host: Substring) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let named = labels.last == "" ? labels.dropLast() : labels[...]
        return host.utf8.count <= 253 && !named.isEmpty
            && named.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { NameText.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
            }
    }
}

/// Paths as they go on the wire (RFC 3986, 3.3).
enum TargetText {
    /// Whether these are only path characters and complete percent-encodings.
    static func isPath(_ text: some StringProtocol) -> Bool {
        var pending = 0
        for byte in text.utf8 {
            if pending > 0 {
                guard isHexadecimal(byte) else { return false }
                pending -= 1
            } else if byte == UInt8(ascii: "%") {
                pending = 2
            } else if !NameText.isAlphanumeric(byte) && !"-._~!$&'()*+,;=:@/".utf8.contains(byte) {
                return false
            }
        }
        return pending == 0
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
