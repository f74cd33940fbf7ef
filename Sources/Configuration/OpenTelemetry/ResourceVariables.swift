internal import Exchange

extension OpenTelemetryEnvironment {
    /// `OTEL_SERVICE_NAME` wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    func readResource(into settings: inout TelemetrySettings) {
        for (key, value) in resourceAttributes() {
            if key == "service.name" {
                settings.serviceName = value
            } else {
                settings.resourceAttributes.removeAll { $0.key == key }
                settings.resourceAttributes.append((key, value))
            }
        }
        if let name = text("OTEL_SERVICE_NAME") { settings.serviceName = name }
    }

    /// One member that can't be read makes the whole list unusable (Resource SDK, "Specifying resource information via an
    /// environment variable").
    private func resourceAttributes() -> [(key: String, value: String)] {
        guard let text = text("OTEL_RESOURCE_ATTRIBUTES") else { return [] }
        guard let members = MemberList.parse(text), members.count <= 128 else {
            warn("OTEL_RESOURCE_ATTRIBUTES", "must be a list such as key=value,key=value, its values percent-encoded")
            return []
        }
        return members
    }
}

/// Lists of `key=value` members separated by commas, values percent-encoded: a W3C Baggage string without properties.
enum MemberList {
    /// nil where a member has no key, no `=` or a broken percent-encoding. Empty members are passed over.
    static func parse(_ text: String) -> [(key: String, value: String)]? {
        var members: [(key: String, value: String)] = []
        for member in text.split(separator: ",").map({ trimmed($0) }) where !member.isEmpty {
            guard let equals = member.firstIndex(of: "=") else { return nil }
            guard let key = decoded(trimmed(member[..<equals])), !key.isEmpty,
                let value = decoded(trimmed(member[member.index(after: equals)...]))
            else { return nil }
            members.append((key, value))
        }
        return members
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// RFC 3986, 2.1; nil for a broken encoding or what is not UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.digit), let low = rest.popFirst().flatMap(Hexadecimal.digit) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
