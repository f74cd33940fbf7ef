internal import Exchange
internal import Policy

extension AgreementSettings {
    private static let expected = "a block such as { sample: 0.1, ignore: [/timestamp] }, true or false"
    private static let largestBody = 1 << 20
    /// Headers and pointers, of each.
    private static let bound = 100

    /// - Returns: nil where nothing is compared; the defaults for `true` and for an empty block.
    static func read(_ value: Value) -> AgreementSettings? {
        if value.isScalar { return value.read(as: .flag(expected: expected)) == true ? AgreementSettings() : nil }
        var settings = AgreementSettings()
        value.section(expecting: expected) { settings.read($0) }
        return settings
    }

    private mutating func read(_ section: Section) {
        section.read("sample", as: .positiveRatio, into: &sample)
        section.read("max_body", as: .size(1...AgreementSettings.largestBody), into: &maxBody)
        section.read("status", as: .flag, into: &status)
        headers = AgreementSettings.list(section, "headers", HeaderText.name, "a list of headers, such as [Content-Type]") ?? headers
        section.read("body", as: .word(Body.self), into: &body)
        ignore = AgreementSettings.list(section, "ignore", PointerText.pattern, "a list of pointers, such as [/timestamp]") ?? ignore
        section.read("tolerance", as: .ratio, into: &tolerance)
        sets = AgreementSettings.list(section, "sets", PointerText.pattern, "a list of pointers, such as [/tags]") ?? sets
        section.read("noise", as: .ratio, into: &noise)
        check(section)
    }

    private static func list(_ section: Section, _ key: String, _ form: Form<String>, _ expected: String) -> [String]? {
        guard let value = section.value(key), let list = value.list(of: form, expecting: expected) else { return nil }
        guard list.count <= bound else {
            value.error(Complaint("there are \(list.count) in the list, at most \(bound) are possible", code: .outOfRange))
            return nil
        }
        return list
    }

    private func check(_ section: Section) {
        guard !section.reading.isFaulty(section.trail) else { return }
        if !status, headers.isEmpty, body == .none {
            section.reading.error(
                Complaint(
                    "nothing is left to compare: status, headers and body are all out", code: .conflict,
                    hint: "write  compare: false  where that is meant"), at: section.trail)
        }
        for key in ["ignore", "sets", "tolerance"] where body != .json && section.has(key) {
            section.reading.warning(
                Complaint("\(key) says nothing where bodies are not compared as JSON", code: .doubtful, hint: "write  body: json"),
                at: section.trail.key(key))
        }
    }
}

/// JSON pointers (RFC 6901) in which `*` stands for any member or element.
enum PointerText {
    static let pattern = Form<String>("a JSON pointer such as /timestamp or /items/*/id") { text throws(Complaint) in
        guard PointerPattern(text) != nil else {
            throw Complaint(
                "a JSON pointer begins with '/', such as /timestamp or /items/*/id",
                hint: text.contains("~") ? "within a name '~' is written ~0 and '/' is written ~1" : nil)
        }
        return text
    }
}

extension RouteSettings {
    /// Answers can be compared only where both are there at the same time.
    func checkCompare(_ section: Section) {
        guard compare != nil, let (why, hint) = objectionToCompare else { return }
        section.reading.error(Complaint(why, code: .conflict, hint: hint), at: section.trail.key("compare"))
    }

    private var objectionToCompare: (why: String, hint: String)? {
        if isAccepted {
            return (
                "the route has  respond: accepted: no primary answers its calls, so there is nothing to compare with",
                "name a primary in respond, or leave it out"
            )
        }
        if mirrors.isEmpty { return ("the route has no mirror to compare with its primary", "add an upstream to 'to'") }
        if durable {
            return (
                "the route has  durable: true: its mirrors answer from the spool, when the primary's answer is long gone",
                "leave durable out, or compare"
            )
        }
        return nil
    }
}
