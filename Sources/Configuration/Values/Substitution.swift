/// A scalar with the variables put in.
struct ExpandedText: Hashable {
    var text: String
    /// As it stands in the file.
    var source: String
    /// Whether any part came from a variable: then it is shown by its source alone.
    var usesEnvironment: Bool
}

/// `${NAME}`, `${NAME:-default}` and `$$` in scalars. A `$` before anything else stands for itself.
///
/// Scalars are expanded after the document has been parsed, so that no variable's content is ever read as YAML.
enum Substitution {
    static func expand(_ source: String, from environment: [String: String]) throws(Complaint) -> ExpandedText {
        guard source.utf8.contains(UInt8(ascii: "$")) else {
            return ExpandedText(text: source, source: source, usesEnvironment: false)
        }
        var result = ExpandedText(text: "", source: source, usesEnvironment: false)
        var rest = source[...]
        while let dollar = rest.firstIndex(of: "$") {
            result.text += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            switch rest.first {
            case "$":
                result.text += "$"
                rest = rest.dropFirst()
            case "{":
                result.text += try variable(&rest, environment)
                result.usesEnvironment = true
            default:
                result.text += "$"
            }
        }
        result.text += rest
        return result
    }

    /// Reads from the opening brace to behind the closing one.
    private static func variable(_ rest: inout Substring, _ environment: [String: String]) throws(Complaint) -> String {
        guard let end = rest.firstIndex(of: "}") else {
            throw Complaint("'${' has no closing '}'", hint: "write $$ for a dollar sign")
        }
        let inside = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        let separator = inside.firstRange(of: ":-")
        let name = String(inside[..<(separator?.lowerBound ?? inside.endIndex)])
        guard isName(name) else {
            throw Complaint("what stands in ${…} is not the name of a variable", hint: "write ${NAME} or ${NAME:-default}")
        }
        let value = environment[name]
        if let separator { return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(inside[separator.upperBound...]) }
        guard let value else {
            throw Complaint(
                "the environment variable \(name) is not set", code: .unsetVariable,
                hint: "set it, or give a default: ${\(name):-default}")
        }
        return value
    }

    /// Letters, digits and `_`, not a digit first (POSIX, 8.1).
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
    }
}
