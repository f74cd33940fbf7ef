/// Templates of a compensating call: text with placeholders such as `{id}`.
enum CompensationText {
    private static let known = "{id}, {path}, {upstream}, {body}, {body:/pointer}, {answer:/pointer}, {header:Name}; {{ and }} are braces"

    /// Begins with `/`, or with the exchange's own path, which does.
    static let path = Form<String>("a path such as /orders/{id}/cancel") { text throws(Complaint) in
        guard text.hasPrefix("/") || text.hasPrefix("{path}") else {
            throw Complaint("a path begins with '/', or with {path}", showsValue: !text.isEmpty)
        }
        if let objection = objection(to: text) { throw objection }
        // A query has the same characters, and '?'.
        guard let literal = pieces(of: text)?.literal, TargetText.isPath(literal.replacing("?", with: "")) else {
            throw Complaint("a path is written as it goes on the wire", hint: "percent-encode spaces and characters beyond ASCII")
        }
        return text
    }

    static let body = Form<String>("a text") { text throws(Complaint) in
        let breaks: [Unicode.Scalar] = ["\t", "\n", "\r"]
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 && !breaks.contains($0) }) else {
            throw Complaint("the body holds control characters", showsValue: false)
        }
        if let objection = objection(to: text) { throw objection }
        return text
    }

    /// The text itself is not shown: it may hold what is nobody's business.
    static func objection(to text: String) -> Complaint? {
        fault(in: text).map { Complaint($0, hint: "placeholders: \(known)", showsValue: false) }
    }
}

// MARK: Placeholders

extension CompensationText {
    /// What is wrong with the placeholders of a template; nil where nothing is.
    static func fault(in text: String) -> String? {
        guard let pieces = pieces(of: text) else { return "a brace has no partner: '{{' and '}}' stand for braces themselves" }
        return pieces.placeholders.first { !isPlaceholder($0) }.map { "'{\($0.prefix(60))}' is not a placeholder" }
    }

    private static func isPlaceholder(_ inside: Substring) -> Bool {
        guard let colon = inside.firstIndex(of: ":") else { return ["id", "path", "upstream", "body"].contains(inside) }
        let argument = inside[inside.index(after: colon)...]
        switch inside[..<colon] {
        case "body", "answer": return isPointer(argument)
        case "header": return HeaderText.isToken(argument)
        default: return false
        }
    }

    /// A JSON pointer (RFC 6901) to a part of a document.
    private static func isPointer(_ text: Substring) -> Bool {
        let escapes = text.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
        return text.hasPrefix("/") && escapes.allSatisfy { $0.first == "0" || $0.first == "1" }
    }

    /// The text outside braces, and what stands inside them; nil where a brace has no partner.
    private static func pieces(of text: String) -> (literal: String, placeholders: [Substring])? {
        var literal = ""
        var placeholders: [Substring] = []
        var rest = text[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            literal += rest[..<brace]
            let after = rest[rest.index(after: brace)...]
            if after.first == rest[brace] {
                literal.append(rest[brace])
                rest = after.dropFirst()
            } else {
                guard rest[brace] == "{", let end = after.firstIndex(of: "}") else { return nil }
                placeholders.append(after[..<end])
                rest = after[after.index(after: end)...]
            }
        }
        return (literal + rest, placeholders)
    }
}
