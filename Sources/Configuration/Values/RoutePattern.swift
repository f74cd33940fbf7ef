/// A route's path as a pattern over whole segments: `*` and `{name}` for one, `**` at the end for any number, none too.
struct RoutePattern: Hashable {
    private enum Segment: Hashable {
        case literal(String)
        case any
    }

    private let segments: [Segment]
    private let takesRest: Bool

    init(_ text: String) throws(Complaint) {
        guard text.hasPrefix("/") else {
            throw Complaint("a path begins with '/'", hint: text.first.map { "*".contains($0) } == true ? "every path is /**" : nil)
        }
        guard !text.contains("?"), !text.contains("#") else {
            throw Complaint("a path is matched without its query", hint: "leave out what begins with '?' or '#'")
        }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        takesRest = parts.last == "**"
        if takesRest { parts.removeLast() }
        var segments: [Segment] = []
        for part in parts { segments.append(try RoutePattern.segment(part)) }
        self.segments = segments
    }

    private static func segment(_ text: String) throws(Complaint) -> Segment {
        if text == "*" { return .any }
        if text.contains("**") { throw Complaint("'**' stands alone and last", hint: "write for example  /orders/**") }
        let inside = text.dropFirst().dropLast()
        if text.hasPrefix("{"), text.hasSuffix("}"), !inside.isEmpty, !inside.contains(where: { "{}*".contains($0) }) {
            return .any
        }
        guard !text.contains(where: { "*{}".contains($0) }) else {
            throw Complaint("'*' and '{name}' stand for one whole segment", hint: "write for example  /orders/*/lines")
        }
        guard TargetText.isPath(text) else {
            throw Complaint("a path is matched as it is on the wire", hint: "percent-encode spaces and characters beyond ASCII")
        }
        return .literal(text)
    }

    /// Whether every path that `other` matches is matched by this one too. Never true where it is not so.
    func covers(_ other: RoutePattern) -> Bool {
        guard takesRest || !other.takesRest, segments.count <= other.segments.count else { return false }
        guard takesRest || segments.count == other.segments.count else { return false }
        return zip(segments, other.segments).allSatisfy { mine, theirs in
            switch (mine, theirs) {
            case (.any, .any): true
            case (.any, .literal(let text)): !text.isEmpty
            case (.literal(let left), .literal(let right)): left == right
            case (.literal, .any): false
            }
        }
    }
}
