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
        guard let route = value.section(expecting: expected, { readRoute($0) }) ?? nil else { return }
        if let earlier = settings.routes.first(where: { RouteMatch($0).covers(RouteMatch(route)) }) {
            value.warning(
                Complaint(
                    "no exchange comes as far as route '\(route.name)': '\(earlier.name)' before it takes all of them",
                    code: .unreachableRoute, hint: "put the narrower route first"))
        }
        settings.routes.append(route)
    }

    /// Every key is read, also where another is in error, so that all of them are said at once.
    private func readRoute(_ section: Section) -> RouteSettings? {
        let name = section.required("name", example: "name: orders").flatMap { readRouteName($0) }
        let match = section.required("match", example: "match: { path: /** }").flatMap(RouteMatch.read)
        let respond = section.required("respond", example: "respond: \(names.first ?? "inventory")")
        let answer = respond.flatMap { readAnswer($0) }
        let everyone = upstreams.indices.map { UpstreamID($0) }
        let to = section.value("to").map { readTargets($0) } ?? everyone
        var route = RouteSettings(name: name ?? "", methods: match?.methods, path: match?.path ?? "/**", primary: nil, mirrors: [])
        route.readKeys(section)
        guard name != nil, match != nil, let respond, let answer, let to else { return nil }
        switch answer {
        case .accepted: route.mirrors = to
        case .primary(let primary):
            guard to.contains(primary) else {
                respond.error(notATarget(primary, of: to))
                return nil
            }
            route.primary = primary
            route.mirrors = to.filter { $0 != primary }
        }
        route.checkKeys(section, hasSpool: settings.spool != nil)
        return route
    }

    private func notATarget(_ primary: UpstreamID, of targets: [UpstreamID]) -> Complaint {
        Complaint(
            "respond names '\(upstreams[primary.index].name)', which is not in 'to'", code: .conflict,
            hint: "add it: to: [\(([primary] + targets).map { upstreams[$0.index].name }.joined(separator: ", "))]")
    }

    private func readRouteName(_ value: Value) -> String? {
        guard let name = value.read(as: NameText.form) else { return nil }
        guard !settings.routes.contains(where: { $0.name == name }) else {
            value.error(Complaint("there is a route '\(name)' already", code: .duplicateName))
            return nil
        }
        return name
    }
}

// MARK: Upstreams of a route

extension Draft {
    /// What the application gets back.
    private enum Answer {
        case accepted
        case primary(UpstreamID)
    }

    private func readAnswer(_ value: Value) -> Answer? {
        let accepted = "accepted"
        guard let name = value.read(as: .line("the name of an upstream, or accepted")) else { return nil }
        if name == accepted { return .accepted }
        guard !NameText.reserved.contains(name) else {
            value.error(
                .notAvailable("'respond: \(name)'", use: "accepted, or the name of the upstream whose answer the application gets"))
            return nil
        }
        return find(name, value, beside: [accepted]).map { .primary($0) }
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

    /// - Parameter words: what may stand there too.
    private func find(_ name: String, _ value: Value, beside words: [String] = []) -> UpstreamID? {
        if let index = names.firstIndex(of: name) { return UpstreamID(index) }
        if !upstreams.isEmpty {
            value.error(
                Complaint(
                    "there is no upstream '\(name.prefix(64))'", code: .unknownUpstream,
                    hint: NearestName.hint(for: name, among: names + words)))
        }
        return nil
    }
}
