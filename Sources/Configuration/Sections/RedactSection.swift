internal import Exchange

extension Redaction {
    /// Names in each list.
    private static let bound = 100

    /// What is named here comes beside what is never shown; nil where a list is in error.
    static func read(_ section: Section) -> Redaction? {
        let headers = list(section, "headers", HeaderText.redacted, "a list of headers, such as [X-Customer]")
        let query = list(section, "query", QueryKeyText.key, "a list of query keys, such as [api_key]")
        guard let headers, let query else { return nil }
        return Redaction(keys: query, headers: headers)
    }

    private static func list(_ section: Section, _ key: String, _ form: Form<String>, _ expected: String) -> [String]? {
        guard let value = section.value(key) else { return [] }
        guard let list = value.list(of: form, expecting: expected) else { return nil }
        guard list.count <= bound else {
            value.error(Complaint("there are \(list.count) in the list, at most \(bound) are possible", code: .outOfRange))
            return nil
        }
        return list
    }
}

extension HeaderText {
    static let redacted = Form<String>(name.expected) { text throws(Complaint) in
        let name = try name.parse(text)
        guard !["traceparent", "tracestate"].contains(name.lowercased()) else {
            throw Complaint(
                "\(name) is what a span is known by", code: .forbiddenHeader,
                hint: "leave it out; OTEL_PROPAGATORS says whether an application's context is taken up")
        }
        return name
    }
}

/// Keys of a query, as they are before they are percent-encoded.
enum QueryKeyText {
    static let key = Form<String>("a query's key such as api_key") { text throws(Complaint) in
        guard !text.isEmpty, text.utf8.count <= Redaction.longestKey else {
            throw Complaint("a query's key has from 1 to \(Redaction.longestKey) bytes", code: .outOfRange)
        }
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || "=&;#?%".utf8.contains($0) }) else {
            throw Complaint(
                "a query's key stands here as it is before it is percent-encoded, without space and  = & ; # ? %",
                hint: "write the key alone, such as api_key")
        }
        return text
    }
}
