package import Exchange

/// Which route an exchange takes: the first, in the order of the configuration, whose method and path match.
///
/// The path is matched byte for byte as it came, neither percent-decoded nor freed of dot segments, since the upstream gets
/// the same bytes and what they name is its word: a reading of our own could differ from its reading and send a call by a
/// route that its author never meant. Methods are case-sensitive (RFC 9110, 9.1).
package struct Router: Sendable {
    private struct Rule: Sendable {
        let methods: [String]?
        let pattern: PathPattern
    }

    private let rules: [Rule]

    package init(_ routes: [RouteSettings]) {
        rules = routes.map { Rule(methods: $0.methods, pattern: PathPattern($0.path)) }
    }

    /// Allocates nothing.
    ///
    /// - Parameter path: the request target up to its `?`, or `*` (`RequestHead.path`).
    /// - Returns: the route's place in the configuration; nil where none matches.
    package func route(method: String, path: Substring) -> RouteID? {
        var path = path
        return path.withUTF8 { path in
            rules.firstIndex { rule in
                if let methods = rule.methods, !methods.contains(method) { return false }
                return rule.pattern.matches(path)
            }
        }.map { RouteID($0) }
    }

    /// What is wrong with a route's path, as a sentence that says what to write; nil where nothing is.
    package static func fault(inPath path: String) -> String? { PathPattern.fault(in: path) }
}
