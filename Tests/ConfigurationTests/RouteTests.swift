import Exchange
import Testing

@testable import Configuration

@Suite struct RouteSectionTests {
    private func routes(_ routes: String) throws -> Checked { try checked(twoUpstreams + "routes:\n" + routes) }

    private func found(_ routes: String) -> [String] {
        errors(twoUpstreams + "routes:\n" + routes).map { "\($0.line ?? 0): \($0.keyPath): \($0.message)" }
    }

    @Test func withoutRoutesThereIsOne() throws {
        let settings = try checked(twoUpstreams).settings
        #expect(settings.routes.count == 1)
        #expect(settings.routes[0].name == "default" && settings.routes[0].path == "/**" && settings.routes[0].methods == nil)
        #expect(settings.routes[0].primary == UpstreamID(0) && settings.routes[0].mirrors == [UpstreamID(1)])
        #expect(settings.routes[0].mirrorWhenCancelled)
    }

    @Test func everyKey() throws {
        let settings = try routes(
            """
              - { name: a, match: { methods: [POST, PUT], path: /a/* }, respond: shipping, to: [inventory, shipping], durable: false }
              - { name: b, match: { path: /** }, respond: inventory, mirror_when_cancelled: false }
              - { name: c, match: { path: /c }, respond: inventory, to: [inventory] }

            """
        ).settings
        #expect(settings.routes.map(\.name) == ["a", "b", "c"])
        #expect(settings.routes.map(\.methods) == [["POST", "PUT"], nil, nil])
        #expect(settings.routes.map(\.path) == ["/a/*", "/**", "/c"])
        #expect(settings.routes.map(\.primary?.index) == [1, 0, 0])
        #expect(settings.routes.map { $0.mirrors.map(\.index) } == [[0], [1], []])
        #expect(settings.routes.map(\.mirrorWhenCancelled) == [true, false, true])
    }

    @Test(arguments: [
        ("- { name: r, match: { path: /** }, respond: first }", "5: routes[0].respond: 'respond: first' is not available"),
        ("- { name: r, match: { path: /** }, respond: all }", "5: routes[0].respond: 'respond: all' is not available"),
        (
            "- { name: r, match: { path: /** }, respond: inventory, durable: always }",
            "5: routes[0].durable: expected true or false"
        ),
        ("- { name: r, match: { path: /** }, respond: inventori }", "5: routes[0].respond: there is no upstream 'inventori'"),
        (
            "- { name: r, match: { path: /** }, respond: shipping, to: [inventory] }",
            "5: routes[0].respond: respond names 'shipping', which is not in 'to'"
        ),
        (
            "- { name: r, match: { path: /** }, respond: inventory, to: [inventory, x] }",
            "5: routes[0].to[1]: there is no upstream 'x'"
        ),
        (
            "- { name: r, match: { path: /** }, respond: inventory, to: [inventory, inventory] }",
            "5: routes[0].to[1]: 'inventory' is in the list twice"
        ),
        ("- { name: r, match: { path: /** }, respond: inventory, to: [] }", "5: routes[0].to: the list names no upstream"),
        ("- { name: r, match: { path: /** }, respond: inventory, to: inventory }", "5: routes[0].to: expected a list of upstreams"),
        ("- { name: r, match: { path: /** } }", "5: routes[0]: 'respond' is missing"),
        ("- { name: r, respond: inventory }", "5: routes[0]: 'match' is missing"),
        ("- { match: { path: /** }, respond: inventory }", "5: routes[0]: 'name' is missing"),
        ("- { name: r, match: { methods: [GET] }, respond: inventory }", "5: routes[0].match: 'path' is missing"),
        ("- { name: r r, match: { path: /** }, respond: inventory }", "5: routes[0].name: a name is 1 to 64"),
        ("- { name: r, match: { path: orders }, respond: inventory }", "5: routes[0].match.path: a path begins with '/'"),
        (
            "- { name: r, match: { methods: [post], path: /** }, respond: inventory }",
            "5: routes[0].match.methods[0]: methods are case-sensitive"
        ),
        (
            "- { name: r, match: { methods: [CONNECT], path: /** }, respond: inventory }",
            "5: routes[0].match.methods[0]: CONNECT asks for a tunnel"
        ),
        (
            "- { name: r, match: { methods: [], path: /** }, respond: inventory }",
            "5: routes[0].match.methods: the list names no method"
        ),
        (
            "- { name: r, match: { methods: GET, path: /** }, respond: inventory }",
            "5: routes[0].match.methods: expected a list of methods"
        ),
        ("- { name: r, mach: { path: /** }, respond: inventory, match: { path: / } }", "5: routes[0].mach: unknown key"),
        ("- orders", "5: routes[0]: expected a route"), ("- ~", "5: routes[0]: has no value"),
        ("-", "5: routes[0]: has no value"),
        ("  name: r", "4: routes: expected a list of routes"),
    ])
    func refuses(_ route: String, _ message: String) {
        #expect(found("  \(route)\n").count == 1, "\(found("  \(route)\n"))")
        #expect(found("  \(route)\n").first?.hasPrefix(message) == true, "\(found("  \(route)\n"))")
    }

    @Test func namesAreSuggested() {
        let text = twoUpstreams + "routes:\n  - { name: r, match: { path: /** }, respond: shiping, to: [inventroy, shipping] }\n"
        #expect(errors(text).map(\.hint) == ["did you mean 'shipping'?", "did you mean 'inventory'?"])
        let accepted = twoUpstreams + "routes:\n  - { name: r, match: { path: /** }, respond: acepted }\n"
        #expect(errors(accepted).map(\.hint) == ["did you mean 'accepted'?"])
    }

    @Test func namesOfRoutesAreUnique() {
        let route = "  - { name: r, match: { path: /a }, respond: inventory }\n"
        #expect(found(route + route) == ["6: routes[1].name: there is a route 'r' already"])
    }

    @Test(arguments: [
        ("path: /**", "path: /orders", true), ("path: /orders/*", "path: \"/orders/{id}\"", true),
        ("path: /orders/**", "path: /orders", true),
        ("path: /orders", "path: /orders/**", false), ("methods: [GET], path: /**", "path: /orders", false),
        ("methods: [GET, PUT], path: /**", "methods: [GET], path: /orders", true),
        ("methods: [GET], path: /**", "methods: [GET, PUT], path: /orders", false),
        ("path: /a", "path: /b", false),
    ])
    func shadows(_ first: String, _ second: String, _ shadows: Bool) throws {
        let checked = try routes(
            """
              - { name: one, match: { \(first) }, respond: inventory }
              - { name: two, match: { \(second) }, respond: inventory }

            """)
        #expect(checked.warnings.map(\.code) == (shadows ? [.unreachableRoute] : []))
        if shadows {
            #expect(checked.warnings[0].line == 6)
            #expect(checked.warnings[0].message == "no exchange comes as far as route 'two': 'one' before it takes all of them")
        }
    }

    @Test func theirNumberIsBounded() throws {
        func list(_ count: Int) -> String {
            (0..<count).map { "  - { name: r\($0), match: { path: /p\($0) }, respond: inventory }\n" }.joined()
        }
        #expect(try routes(list(Bound.routes)).settings.routes.count == Bound.routes)
        #expect(found(list(Bound.routes + 1)).count == 1)
    }

    @Test func mirrorsWithoutCredentialsAreDoubtful() throws {
        let text = "upstreams:\n  a: { url: \"https://a.example\" }\n  b: { url: \"https://b.example\"KEYS }\n"
        func found(_ keys: String) -> [Finding] { warnings(text.replacing("KEYS", with: keys), ["T": "t"]) }
        #expect(found("").map(\.code) == [.noCredentials])
        #expect(found("").first?.line == 3)
        #expect(found("").first?.keyPath == "upstreams.b")
        #expect(found(", inherit_credentials: false").map(\.code) == [.noCredentials])
        #expect(found(", inherit_credentials: true").isEmpty)
        #expect(found(", credentials: { bearer: { env: T } }").isEmpty)
        #expect(found(", credentials: none").isEmpty)
        #expect(found(", headers: { set: { authorization: \"${T}\" } }").isEmpty)
    }

    @Test func upstreamsThatNoRouteNamesAreDoubtful() throws {
        let checked = try routes("  - { name: r, match: { path: /** }, respond: inventory, to: [inventory] }\n")
        #expect(checked.warnings.map(\.code) == [.unusedUpstream])
        #expect(checked.warnings.map(\.message) == ["no route names 'shipping': it is never called"])
    }
}
