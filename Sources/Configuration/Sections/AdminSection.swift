internal import Exchange

extension AdminSettings {
    /// Where the address stands: in a block, unless it is all that is written.
    static func address(_ reading: Reading) -> Trail {
        let ofBlock = Trail("admin", "listen")
        return reading.isWritten(ofBlock) ? ofBlock : Trail("admin")
    }

    /// Each takes a kilobyte or two for each event loop, and every question for them looks through all.
    private static let mostRecent = 10_000
    private static let mostHosts = 64

    private static let expected = "an address such as 127.0.0.1:4101, or a block such as { listen: 127.0.0.1:4101, token: { env: NAME } }"

    /// An address alone, or a block.
    ///
    /// - Parameter token: whether its token is read too.
    mutating func read(_ value: Value, token takesToken: Bool = true) {
        let address = AddressText.form(in: value.reading.directory)
        guard !value.isScalar else {
            if let listen = value.read(as: address) { self.listen = listen }
            return
        }
        value.section(expecting: AdminSettings.expected) { section in
            section.read("listen", as: address, into: &listen)
            if let value = section.value("token"), takesToken { token = SecretText.read(value) }
            if let value = section.value("hosts") { hosts = AdminSettings.hosts(value) }
            section.read("recent", as: .number(1...AdminSettings.mostRecent), into: &recent)
        }
    }

    private static func hosts(_ value: Value) -> [String] {
        guard let hosts = value.list(of: HostFieldName.form, expecting: "a list of names such as [pantograph.internal]") else { return [] }
        if hosts.count > mostHosts {
            value.error(Complaint("there are \(hosts.count) names, at most \(mostHosts) are possible", code: .outOfRange))
        }
        return hosts
    }
}

/// Names that a `Host` field may have: letters, digits, `.`, `-` and `_`, or an IP address; without port.
enum HostFieldName {
    static let form = Form<String>("a host's name such as pantograph.internal") { text throws(Complaint) in
        if AddressText.isIPv6(text) { return text.lowercased() }
        guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy({ NameText.isAlphanumeric($0) || "-._".utf8.contains($0) }) else {
            throw Complaint("expected a host's name such as pantograph.internal", hint: hint(for: text))
        }
        return text.lowercased()
    }

    private static func hint(for text: String) -> String? {
        if text.contains("/") { return "write the name alone, without scheme and path" }
        if text.contains("*") { return "write each name out: there are no wildcards" }
        return text.contains(":") ? "write the name alone, without a port: it holds under any" : nil
    }
}
