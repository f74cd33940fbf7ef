internal import Policy

/// Templates of a compensating call: text with placeholders such as `{id}`.
enum CompensationText {
    /// Begins with `/`, or with the exchange's own path, which does.
    static let path = Form<String>("a path such as /orders/{id}/cancel") { text throws(Complaint) in
        guard text.hasPrefix("/") || text.hasPrefix("{path}") else {
            throw Complaint("a path begins with '/', or with {path}", showsValue: !text.isEmpty)
        }
        if let objection = objection(to: text) { throw objection }
        // A query has the same characters, and '?'.
        guard TargetText.isPath(CompensationTemplate.literal(of: text).replacing("?", with: "")) else {
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
        CompensationTemplate.fault(in: text).map { Complaint($0, showsValue: false) }
    }
}
