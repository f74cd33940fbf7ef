/// A route's path, taken apart once: `/orders` exactly, `*` or `{name}` for one whole segment, `/**` at the end for any rest.
struct PathPattern: Sendable {
    private enum Form {
        /// `/**`: every target, `*` of `OPTIONS *` too.
        case everything
        case exact
        /// A literal and then `/**`.
        case prefix
        /// At least one segment is a wildcard.
        case segments
    }

    private enum Segment: Sendable {
        case literal([UInt8])
        /// Any segment that is not empty.
        case any
    }

    private let form: Form
    /// Of `exact` and `prefix`.
    private let literal: [UInt8]
    /// Of `segments`.
    private let segments: [Segment]
    private let takesRest: Bool

    /// What `fault(in:)` objects to is taken literally.
    init(_ pattern: String) {
        takesRest = pattern.hasSuffix("/**")
        literal = Array(takesRest ? pattern.dropLast(3).utf8 : pattern[...].utf8)
        let parts = literal.dropFirst().split(separator: PathPattern.slash, omittingEmptySubsequences: false)
        segments = parts.map { PathPattern.isWildcard($0) ? .any : .literal(Array($0)) }
        let hasWildcard = literal.first == PathPattern.slash && parts.contains { PathPattern.isWildcard($0) }
        form = hasWildcard ? .segments : !takesRest ? .exact : literal.isEmpty ? .everything : .prefix
    }

    func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        switch form {
        case .everything: true
        case .exact: path.elementsEqual(literal)
        case .prefix:
            path.count >= literal.count && path[..<literal.count].elementsEqual(literal)
                && (path.count == literal.count || path[literal.count] == PathPattern.slash)
        case .segments: matchesSegments(path)
        }
    }

    private func matchesSegments(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = 0
        for segment in segments {
            guard place < path.count, path[place] == PathPattern.slash else { return false }
            let start = place + 1
            place = start
            while place < path.count, path[place] != PathPattern.slash { place += 1 }
            switch segment {
            case .any: guard place > start else { return false }
            case .literal(let bytes): guard path[start..<place].elementsEqual(bytes) else { return false }
            }
        }
        return place == path.count || takesRest
    }

    private static let slash = UInt8(ascii: "/")

    private static func isWildcard(_ segment: ArraySlice<UInt8>) -> Bool {
        if segment.elementsEqual("*".utf8) { return true }
        guard segment.count > 2, segment.first == UInt8(ascii: "{"), segment.last == UInt8(ascii: "}") else { return false }
        return segment.dropFirst().dropLast().allSatisfy { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") }
    }
}

extension PathPattern {
    /// What is wrong with a pattern, as a sentence that says what to write; nil for one that means what it seems to.
    static func fault(in pattern: String) -> String? {
        guard pattern.utf8.first == slash else { return "a path begins with '/', as in '/orders' or '/**'" }
        if pattern.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            return "a path is matched without its query: leave out what begins with '?' or '#'"
        }
        if pattern.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            return "a path is matched as it is on the wire: write spaces and characters beyond ASCII percent-encoded"
        }
        let body = pattern.hasSuffix("/**") ? pattern.dropLast(3) : pattern[...]
        for segment in Array(body.utf8).split(separator: slash) where !isWildcard(segment) {
            let text = String(decoding: segment, as: UTF8.self)
            if text.contains("**") { return "'**' stands alone and last, as in '/orders/**'" }
            if text.contains(where: { "*{}".contains($0) }) {
                return "'\(text)' is neither a whole segment nor a wildcard: '*' and '{name}' stand for one whole segment"
            }
        }
        return nil
    }
}
