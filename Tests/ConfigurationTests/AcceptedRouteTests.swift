import Exchange
import Testing

@testable import Configuration

/// Routes whose deliveries go through the spool.
@Suite struct AcceptedRouteTests {
    /// A third upstream, so that a primary can have two mirrors.
    private let three = twoUpstreams + "  archive: { url: \"https://archive.example\", credentials: none }\n"
    /// With credentials for each, so that nothing is said about those.
    private var quiet: String { three.replacing("v2\" }", with: "v2\", credentials: none }") }

    private func text(_ keys: String, beside others: String = "") -> String {
        quiet + "routes:\n  - { name: r, match: { path: /** }, \(keys) }\n" + others
    }

    private func route(_ keys: String, beside others: String = "") throws -> RouteSettings {
        let checked = try checked(text(keys, beside: others))
        #expect(checked.warnings.isEmpty, "\(checked.warnings)")
        return checked.settings.routes[0]
    }

    private func found(_ keys: String) -> [String] { errors(text(keys)).map { "\($0.line ?? 0): \($0.keyPath): \($0.message)" } }

    private func doubts(_ keys: String, beside others: String = "") throws -> [String] {
        try checked(text(keys, beside: others)).warnings.map { "\($0.line ?? 0): \($0.keyPath): \($0.message)" }
    }

    @Test func anAcceptedRouteGoesToEveryUpstream() throws {
        let route = try route("respond: accepted")
        #expect(route.primary == nil && route.mirrors.map(\.index) == [0, 1, 2] && route.isAccepted)
        #expect(!route.durable && route.orderBy == nil && route.onPartialFailure == nil)
        #expect(route.idempotencyHeader == "Idempotency-Key" && !route.requiresIdempotencyKey)
    }

    @Test func anAcceptedRouteGoesWhereItSays() throws {
        let checked = try checked(text("respond: accepted, to: [shipping, inventory]"))
        #expect(checked.settings.routes[0].mirrors.map(\.index) == [1, 0])
        #expect(checked.warnings.map(\.code) == [.unusedUpstream])
    }

    @Test func everyKeyOfAnAcceptedRoute() throws {
        let route = try route(
            """
            respond: accepted, order_by: X-Order, idempotency: { required: true, header: X-Key }, \
            on_partial_failure: { method: POST, path: "/orders/{id}/cancel", body: "{answer:/id}", headers: { X-At: "{upstream}" } }
            """)
        #expect(route.orderBy == "X-Order" && route.requiresIdempotencyKey && route.idempotencyHeader == "X-Key")
        let call = try #require(route.onPartialFailure)
        #expect(call.method == "POST" && call.path == "/orders/{id}/cancel" && call.body == "{answer:/id}")
        #expect(call.headers.map(\.name) == ["X-At"] && call.headers.map(\.value) == ["{upstream}"])
    }

    @Test func everyKeyOfADurableRoute() throws {
        let route = try route(
            "respond: inventory, durable: true, order_by: X-Order, on_partial_failure: { method: DELETE, path: \"{path}\" }")
        #expect(route.durable && route.primary == UpstreamID(0) && route.orderBy == "X-Order")
        #expect(route.onPartialFailure?.path == "{path}" && route.onPartialFailure?.body == nil)
        #expect(route.onPartialFailure?.headers.isEmpty == true)
    }

    @Test(arguments: [
        ("respond: inventory, order_by: a b", "6: routes[0].order_by: a header's name is letters"),
        ("respond: accepted, order_by: [X-Order]", "6: routes[0].order_by: expected a header's name, found a list"),
        ("respond: accepted, orderby: X", "6: routes[0].orderby: unknown key"),
        ("respond: accepted, idempotency: true", "6: routes[0].idempotency: expected a block of keys"),
        ("respond: accepted, idempotency: { required: maybe }", "6: routes[0].idempotency.required: expected true or false"),
        ("respond: accepted, idempotency: { header: a b }", "6: routes[0].idempotency.header: a header's name is letters"),
        ("respond: accepted, idempotency: { header: Host }", "6: routes[0].idempotency.header: Host comes from"),
        ("respond: accepted, idempotency: { key: generate }", "6: routes[0].idempotency.key: unknown key"),
        ("respond: inventory, idempotency: { required: true }", "6: routes[0].idempotency: an upstream answers the calls"),
        ("respond: inventory, durable: true, idempotency: { header: X }", "6: routes[0].idempotency: an upstream answers the calls"),
        ("respond: accepted, to: [archives]", "6: routes[0].to[0]: there is no upstream 'archives'"),
        ("respond: accepted, to: []", "6: routes[0].to: the list names no upstream"),
    ])
    func refuses(_ keys: String, _ message: String) {
        #expect(found(keys).count == 1, "\(found(keys))")
        #expect(found(keys).first?.hasPrefix(message) == true, "\(found(keys))")
    }

    @Test(arguments: [
        ("respond: accepted, durable: true", "6: routes[0].durable: durable says nothing where the route has  respond: accepted"),
        ("respond: accepted, durable: false", "6: routes[0].durable: durable says nothing where the route has  respond: accepted"),
        ("respond: accepted, mirror_when_cancelled: false", "6: routes[0].mirror_when_cancelled: mirror_when_cancelled says nothing"),
        ("respond: inventory, order_by: X-Order", "6: routes[0].order_by: order_by never applies"),
    ])
    func isDoubtful(_ keys: String, _ message: String) throws {
        let found = try doubts(keys)
        #expect(found.count == 1 && found.first?.hasPrefix(message) == true, "\(found)")
    }

    /// What a doubtful key says does not reach the settings.
    @Test func anAcceptedRouteIsAcceptedAllTheSame() throws {
        let route = try checked(text("respond: accepted, durable: true, mirror_when_cancelled: false")).settings.routes[0]
        #expect(!route.durable && route.mirrorWhenCancelled)
    }

    @Test func durableIsForMirrors() throws {
        let found = try doubts("respond: inventory, to: [inventory], durable: true")
        #expect(found.first == "6: routes[0].durable: durable is for mirrors, and the route has none", "\(found)")
    }

    /// Where a call may ask to be accepted, its order may matter.
    @Test func orderAppliesWhereThereIsASpool() throws {
        #expect(try doubts("respond: inventory, order_by: X-Order", beside: "spool: {}\n").isEmpty)
        #expect(try doubts("respond: inventory, durable: true, order_by: X-Order").isEmpty)
    }

    @Test func whatIsInErrorLeadsToNoConclusions() {
        #expect(found("respond: nobody, idempotency: { required: true }, durable: true").count == 1)
        #expect(found("respond: accepted, on_partial_failure: { method: x y, path: / }, to: [shipping]").count == 1)
    }

    @Test func credentialsOfTheApplicationGoToNoUpstreamOfAnAcceptedRoute() throws {
        let text = """
            upstreams:
              a: { url: "https://a.example" }
              b: { url: "https://b.example", inherit_credentials: true }
            routes:
              - { name: r, match: { path: /** }, respond: accepted }

            """
        let found = warnings(text)
        #expect(found.map { "\($0.line ?? 0) \($0.keyPath) \($0.code)" } == ["2 upstreams.a noCredentials"])
        #expect(
            found.first?.message == "'a' gets the calls of the accepted route 'r' without credentials: no upstream of an accepted "
                + "route gets the application's own unless it has  inherit_credentials: true")
    }
}
