internal import Exchange

extension Draft {
    /// Without routes there is one: every path, the first upstream primary, all others mirrors.
    mutating func readRoutes(_ value: Value?) {
        guard let value else { return takeDefaultRoute() }
        guard let items = value.items(expecting: "a list of routes") else { return }
        guard !items.isEmpty else {
            return value.error(
                Complaint(
                    "there is no route in the list", code: .missingValue, hint: "leave 'routes' out for one that takes every path"))
        }
        guard items.count <= Bound.routes else {
            return value.error(
                Complaint("there are \(items.count) routes, at most \(Bound.routes) are possible", code: .outOfRange))
        }
        for item in items { readRoute(item) }
    }

    mutating func takeDefaultRoute() {
        guard !upstreams.isEmpty else { return }
        settings.routes = [
            RouteSettings(
                name: "default", path: "/**", primary: UpstreamID(0), mirrors: upstreams.indices.dropFirst().map { UpstreamID($0) })
        ]
    }

    private mutating func readRoute(_ value: Value) {
        let expected = "a route such as { name: orders, match: { path: /orders }, respond: inventory }"
        let route =
            value.section(expecting: expected) { section -> RouteSettings? in
                let name = section.required("name", example: "name: orders").flatMap { readRouteName($0) }
                let match = section.required("match", example: "match: { path: /** }").flatMap(Match.read)
                let respond = section.required("respond", example: "respond: \(names.first ?? "inventory")")
                let primary = respond.flatMap { readPrimary($0) }
                let everyone = upstreams.indices.map { UpstreamID($0) }
                let to = section.value("to").map { readTargets($0) } ?? everyone
                var mirrorWhenCancelled = true
                section.read("mirror_when_cancelled", as: .flag, into: &mirrorWhenCancelled)
                Draft.refuseDurable(section)
                guard let name, let match, let respond, let primary, let to else { return nil }
                guard to.contains(primary) else {
                    respond.error(
                        Complaint(
                            "respond names '\(upstreams[primary.index].name)', which is not in 'to'", code: .conflict,
                            hint: "add it: to: [\(([primary] + to).map { upstreams[$0.index].name }.joined(separator: ", "))]"))
                    return nil
                }
                var route = RouteSettings(
                    name: name, methods: match.methods, path: match.path, primary: primary, mirrors: to.filter { $0 != primary })
                route.mirrorWhenCancelled = mirrorWhenCancelled
                return route
            } ?? nil
        guard let route else { return }
        if let earlier = settings.routes.first(where: { Match($0).covers(Match(route)) }) {
            value.warning(
                Complaint(
                    "no exchange comes as far as route '\(route.name)': '\(earlier.name)' before it takes all of them",
                    code: .unreachableRoute, hint: "put the narrower route first"))
        }
        settings.routes.append(route)
    }

    private func readRouteName(_ value: Value) -> String? {
        guard let name = value.read(as: NameText.form) else { return nil }
        guard !settings.routes.contains(where: { $0.name == name }) else {
            value.error(Complaint("there is a route '\(name)' already", code: .duplicateName))
            return nil
        }
        return name
    }

    private static func refuseDurable(_ section: Section) {
        guard let value = section.value("durable"), value.read(as: .flag) == true else { return }
        value.error(
            .notAvailable("'durable: true'", use: "durable: false, mirrors called from memory and bounded by limits.mirror"))
    }
}

// MARK: Upstreams of a route

extension Draft {
    private func readPrimary(_ value: Value) -> UpstreamID? {
        guard let name = value.read(as: .line("the name of an upstream")) else { return nil }
        guard !NameText.reserved.contains(name) else {
            value.error(.notAvailable("'respond: \(name)'", use: "the name of the upstream whose answer the application gets"))
            return nil
        }
        return find(name, value)
    }

    /// nil where one of them is in error.
    private func readTargets(_ value: Value) -> [UpstreamID]? {
        guard let items = value.items(expecting: "a list of upstreams, such as [\(names.prefix(2).joined(separator: ", "))]") else {
            return nil
        }
        guard !items.isEmpty else {
            value.error(Complaint("the list names no upstream", code: .missingValue))
            return nil
        }
        var ids: [UpstreamID] = []
        for item in items {
            guard let name = item.read(as: .line("the name of an upstream")), let id = find(name, item) else { continue }
            guard !ids.contains(id) else {
                item.error(Complaint("'\(name)' is in the list twice", code: .duplicateName))
                continue
            }
            ids.append(id)
        }
        return ids.count == items.count ? ids : nil
    }

    private func find(_ name: String, _ value: Value) -> UpstreamID? {
        if let index = names.firstIndex(of: name) { return UpstreamID(index) }
        if !upstreams.isEmpty {
            value.error(
                Complaint(
                    "there is no upstream '\(name.prefix(64))'", code: .unknownUpstream,
                    hint: NearestName.hint(for: name, among: names)))
        }
        return nil
    }
}

// MARK: What a route matches

private struct Match {
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

    static func read(_ value: Value) -> Match? {
        value.section(expecting: "a block such as { methods: [POST], path: /orders }") { section in
            let methods = section.value("methods").map { readMethods($0) }
            let path = section.required("path", example: "path: /**")?.read(as: pathForm)
            guard let path else { return nil }
            return Match(methods: methods ?? nil, path: path)
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

    func covers(_ other: Match) -> Bool {
        guard let mine = try? RoutePattern(path), let theirs = try? RoutePattern(other.path), mine.covers(theirs) else {
            return false
        }
        guard let methods else { return true }
        return other.methods.map { Set($0).isSubset(of: methods) } ?? false
    }
}
