/// The smallest grammar that scripts need: parts between separators, and a backslash before a separator that is meant itself.
enum ScriptText {
    /// The parts between the separators that no backslash stands before; backslashes that protect another separator stay.
    static func split(_ text: String, at separator: Character) -> [String] {
        var parts = [""]
        var isProtected = false
        for character in text {
            if isProtected {
                if character != separator { parts[parts.count - 1].append("\\") }
                parts[parts.count - 1].append(character)
                isProtected = false
            } else if character == "\\" {
                isProtected = true
            } else if character == separator {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        if isProtected { parts[parts.count - 1].append("\\") }
        return parts
    }

    /// What stands before and after the first separator; nil after where there is none.
    static func cut(_ text: String, at separator: Character) -> (before: String, after: String?) {
        guard let place = text.firstIndex(of: separator) else { return (text, nil) }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }

    /// What stands before and after the last separator; nil after where there is none.
    static func cutLast(_ text: String, at separator: Character) -> (before: String, after: String?) {
        guard let place = text.lastIndex(of: separator) else { return (text, nil) }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        let front = drop { $0 == " " || $0 == "\t" }
        var end = front.endIndex
        while end > front.startIndex, front[front.index(before: end)] == " " || front[front.index(before: end)] == "\t" {
            end = front.index(before: end)
        }
        return String(front[..<end])
    }
}
