internal import Exchange

extension JSONValue {
    /// Bytes of a value that are shown.
    static let shownBytes = 200

    /// The value as compact JSON, cut, and without what stands under sensitive names.
    func shown(_ redaction: Redaction) -> String {
        var text = ""
        write(to: &text, redaction)
        return JSONValue.cut(text)
    }

    static func cut(_ text: String) -> String {
        guard text.utf8.count > shownBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: shownBytes - "…".utf8.count)
        // Back to where a character begins.
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + "…"
    }

    /// Writes no more than is shown, but for the end of one string.
    private func write(to text: inout String, _ redaction: Redaction) {
        guard text.utf8.count <= JSONValue.shownBytes else { return }
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let digits): text += String(decoding: digits, as: UTF8.self)
        case .string(let bytes): text += Exchange.JSONText.quoted(redaction.url(String(decoding: bytes, as: UTF8.self)))
        case .array(let elements):
            text += "["
            for (place, element) in elements.enumerated() {
                if place > 0 { text += "," }
                element.write(to: &text, redaction)
                guard text.utf8.count <= JSONValue.shownBytes else { return }
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (place, member) in members.enumerated() {
                if place > 0 { text += "," }
                text += Exchange.JSONText.quoted(String(decoding: member.name, as: UTF8.self)) + ":"
                if SensitiveNames.contains(member.name) {
                    text += "\"\(SensitiveNames.replacement)\""
                } else {
                    member.value.write(to: &text, redaction)
                }
                guard text.utf8.count <= JSONValue.shownBytes else { return }
            }
            text += "}"
        }
    }
}
