internal import Exchange

/// What a route matches.
struct RouteMatch {
    var methods: [String]?
    var path: String

    init(_ route: RouteSettings) {
        methods = route.methods
        path = route.path
    }

    private init(methods: [String]?, path: String) {
        self.methods = methods
        self.path = path
    }

    static func read(_ value: Value) -> RouteMatch? {
        value.section(expecting: "a block such as { methods: [POST], path: /orders }") { section in
            let methods = section.value("methods").map { readMethods($0) }
            let path = section.required("path", example: "path: /**")?.read(as: pathForm)
            guard let path else { return nil }
            return RouteMatch(methods: methods ?? nil, path: path)
        } ?? nil
    }

    private static let pathForm = Form<String>("a path such as /orders, /orders/* or /**") { text throws(Complaint) in
        _ = try RoutePattern(text)
        return text
    }

    private static func readMethods(_ value: Value) -> [String]? {
        let methods = value.list(of: HeaderText.method, expecting: "a list of methods, such as [GET, POST]")
        guard let methods, methods.isEmpty, !value.reading.isFaulty(value.trail) else { return methods }
        value.error(Complaint("the list names no method", code: .missingValue, hint: "leave 'methods' out for every method"))
        return nil
    }

    func covers(_ other: RouteMatch) -> Bool {
        guard let mine = try? RoutePattern(path), let theirs = try? RoutePattern(other.path), mine.covers(theirs) else {
            return false
        }
        guard let methods else { return true }
        return other.methods.map { Set($0).isSubset(of: methods) } ?? false
    }
}
