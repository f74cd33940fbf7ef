import Exchange
import Policy
import Testing

@Suite struct RouterTests {
    private func router(_ routes: (methods: [String]?, path: String)...) -> Router {
        Router(
            routes.enumerated().map { place, route in
                RouteSettings(
                    name: "r\(place)", methods: route.methods, path: route.path, primary: UpstreamID(0), mirrors: [])
            })
    }

    private func matches(_ pattern: String, _ path: String) -> Bool {
        router((nil, pattern)).route(method: "GET", path: path[...]) == RouteID(0)
    }

    @Test(arguments: [
        // Exactly.
        ("/orders", "/orders", true), ("/orders", "/orders/", false), ("/orders", "/order", false), ("/orders", "/orders1", false),
        ("/orders", "/Orders", false), ("/orders", "/", false), ("/orders", "", false), ("/orders", "*", false),
        ("/", "/", true), ("/", "", false), ("/", "//", false), ("/orders/", "/orders/", true), ("/orders/", "/orders", false),
        // One whole segment, never an empty one.
        ("/orders/*", "/orders/1", true), ("/orders/*", "/orders/", false), ("/orders/*", "/orders", false),
        ("/orders/*", "/orders/1/", false), ("/orders/*", "/orders/1/2", false), ("/orders/*", "/ordersx/1", false),
        ("/orders/{id}", "/orders/1", true), ("/orders/{id}/lines", "/orders/a%2Fb/lines", true),
        ("/orders/{id}/lines", "/orders//lines", false), ("/*", "/x", true), ("/*", "/", false), ("/*", "*", false),
        ("/*/*", "/a/b", true), ("/*/*", "/a", false), ("/*/", "/a/", true), ("/*/", "/a", false),
        // Any rest, the empty one too.
        ("/orders/**", "/orders", true), ("/orders/**", "/orders/", true), ("/orders/**", "/orders/1/2", true),
        ("/orders/**", "/ordersx", false), ("/orders/**", "/order", false), ("/orders/**", "/x/orders", false),
        ("/orders/*/**", "/orders/1", true), ("/orders/*/**", "/orders/1/x/y", true), ("/orders/*/**", "/orders", false),
        ("/orders/*/**", "/orders/", false), ("/*/x/**", "/a/x", true), ("/*/x/**", "/a/y", false),
        ("/**", "/", true), ("/**", "", true), ("/**", "*", true), ("/**", "/a//b", true), ("/**", "/a/../b", true),
        // Byte for byte: nothing is decoded, no dot segment goes, no character is composed.
        ("/orders", "/%6Frders", false), ("/orders/**", "/orders/../admin", true), ("/admin", "/orders/../admin", false),
        ("/caf%C3%A9", "/caf%c3%a9", false), ("/e\u{301}", "/\u{E9}", false), ("/a;v=1", "/a;v=1", true), ("/a", "/./a", false),
        // What is no wildcard is taken literally.
        ("/a*b", "/a*b", true), ("/a*b", "/axb", false), ("/{}", "/{}", true), ("/{}", "/x", false), ("*", "*", true), ("*", "/", false),
        ("/**/a", "/**/a", true), ("/**/a", "/x/a", false),
    ])
    func onePattern(_ pattern: String, _ path: String, _ expected: Bool) {
        #expect(matches(pattern, path) == expected)
    }

    @Test func firstMatchWins() {
        let router = router(
            (["POST"], "/orders"), (nil, "/orders/{id}"), (["GET", "PUT"], "/orders/**"), (nil, "/**"), (nil, "/orders"))
        let table: [(String, Substring, Int)] = [
            ("POST", "/orders", 0), ("GET", "/orders", 2), ("PUT", "/orders", 2), ("DELETE", "/orders", 3), ("post", "/orders", 3),
            ("POST", "/orders/1", 1), ("get", "/orders/1/2", 3), ("GET", "/orders/1/2", 2), ("OPTIONS", "*", 3),
        ]
        for (method, path, place) in table {
            #expect(router.route(method: method, path: path) == RouteID(place), "\(method) \(path)")
        }
    }

    @Test func noRoute() {
        #expect(router().route(method: "GET", path: "/") == nil)
        #expect(router((nil, "/a")).route(method: "GET", path: "/b") == nil)
        #expect(router(([], "/**")).route(method: "GET", path: "/") == nil)
        #expect(router((["GET"], "/**")).route(method: "HEAD", path: "/") == nil)
    }

    @Test func aPathIsPartOfATarget() {
        let request = RequestHead(method: "GET", target: "/orders?x=/y", headers: Headers(), bodyLength: .none)
        #expect(router((nil, "/orders")).route(method: "GET", path: request.path) == RouteID(0))
    }

    /// Every pattern of up to three segments against every path of up to four, and a model that splits strings.
    @Test func allSmallPatterns() {
        let patterns = sequences(of: ["a", "*", "{x}", ""], upTo: 3).flatMap { [$0, $0 + ["**"]] }
        let paths = sequences(of: ["a", "b", ""], upTo: 4)
        var matched = 0
        for pattern in patterns {
            let router = router((nil, "/" + pattern.joined(separator: "/")))
            for path in paths {
                let expected = model(pattern[...], path[...])
                let text = "/" + path.joined(separator: "/")
                if (router.route(method: "GET", path: text[...]) != nil) != expected { Issue.record("\(pattern) \(text) \(expected)") }
                matched += expected ? 1 : 0
            }
        }
        #expect(matched > 1000)
    }

    private func sequences(of segments: [String], upTo length: Int) -> [[String]] {
        var all: [[String]] = []
        var last: [[String]] = [[]]
        for _ in 0..<length {
            last = last.flatMap { start in segments.map { start + [$0] } }
            all += last
        }
        return all
    }

    private func model(_ pattern: ArraySlice<String>, _ path: ArraySlice<String>) -> Bool {
        guard let segment = pattern.first else { return path.isEmpty }
        if segment == "**" { return true }
        guard let first = path.first else { return false }
        let fits = segment == "*" || segment == "{x}" ? !first.isEmpty : segment == first
        return fits && model(pattern.dropFirst(), path.dropFirst())
    }

    @Test(arguments: [
        ("/orders", nil), ("/", nil), ("/**", nil), ("/orders/{id}/lines/*", nil), ("/a/**", nil), ("/a.b/c-d_e~f", nil),
        ("orders", "begins with '/'"), ("", "begins with '/'"), ("*", "begins with '/'"), ("/a?b=1", "without its query"),
        ("/a#b", "without its query"), ("/a b", "percent-encoded"), ("/caf\u{E9}", "percent-encoded"), ("/**/a", "stands alone and last"),
        ("/a**", "stands alone and last"), ("/a*", "neither a whole segment"), ("/{id}.json", "neither a whole segment"),
        ("/{}", "neither a whole segment"), ("/{a", "neither a whole segment"), ("/{a{b}}", "neither a whole segment"),
    ] as [(String, String?)])
    func faults(_ path: String, _ part: String?) {
        let fault = Router.fault(inPath: path)
        if let part { #expect(fault?.contains(part) == true, "\(fault ?? "none")") } else { #expect(fault == nil) }
    }
}
