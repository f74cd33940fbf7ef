import Exchange
import Foundation
import Spool
import Testing

@testable import Admin

/// The page as it is served: what a browser does with it is tested with one.
@Suite struct PageTests {
    private func nonce(of reply: Reply) throws -> String {
        let policy = try #require(reply.fields["content-security-policy"])
        let after = try #require(policy.range(of: "script-src 'nonce-")).upperBound
        return String(policy[after...].prefix { $0 != "'" })
    }

    @Test func itIsHTMLThatMayRunAndReachNothingButItself() async throws {
        try await withStage { stage async throws in
            let reply = try await stage.get("/")
            let nonce = try nonce(of: reply)
            #expect(reply.status == 200 && reply.fields["content-type"] == "text/html; charset=utf-8")
            #expect(
                reply.fields["content-security-policy"] == """
                    default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; img-src 'self' data:; \
                    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
                    """)
            #expect(reply.fields["referrer-policy"] == "no-referrer" && reply.fields["cache-control"] == "no-store")
            #expect(reply.fields["x-content-type-options"] == "nosniff")
            #expect(reply.body.contains("<script nonce=\"\(nonce)\">") && reply.body.contains("<style nonce=\"\(nonce)\">"))
        }
    }

    @Test func everyAnswerHasANonceOfItsOwn() async throws {
        try await withStage { stage async throws in
            var nonces: Set<String> = []
            for _ in 0..<8 { nonces.insert(try nonce(of: try await stage.get("/"))) }
            #expect(nonces.count == 8)
            #expect(nonces.allSatisfy { $0.utf8.count == 32 && $0.utf8.allSatisfy { Hexadecimal.digit($0) != nil } })
        }
    }

    @Test func thePolicyIsOfThePageAlone() async throws {
        try await withStage(Shelf()) { stage async throws in
            #expect(try await stage.get("/api/exchanges").fields["content-security-policy"] == nil)
        }
    }

    @Test func everyPlaceIsFilledIn() {
        let page = Page.document(nonce: "n")
        #expect(!page.contains("{{") && !page.contains("}}"))
        #expect(page.contains(Version.current))
        for name in ErrorClass.allCases.map(\.rawValue) + DeliveryState.allCases.map(\.rawValue) { #expect(page.contains(name)) }
        #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>"))
    }

    @Test func itIsSmall() { #expect(Page.document(nonce: "n").utf8.count < 50 * 1024) }

    /// What would let text become markup or code, what the policy would refuse, and what would come from elsewhere.
    @Test(arguments: [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "javascript:", " style=\"", " onclick=\"",
        "src=", "@import", "https://",
    ])
    func nothingOfThisStandsInIt(_ text: String) { #expect(!Page.document(nonce: "n").contains(text)) }

    @Test func headIsThePageWithoutItsBody() async throws {
        try await withStage { stage async throws in
            let (head, get) = (try await stage.ask("HEAD", "/"), try await stage.get("/"))
            #expect(head.status == 200 && head.body.isEmpty && head.fields["content-length"] == String(get.body.utf8.count))
        }
    }
}

@Suite struct BearerTokenTests {
    private static let api: [(String, String)] = [
        ("GET", "/api/config"), ("GET", "/api/upstreams"), ("GET", "/api/exchanges"), ("GET", "/api/dead-letters"),
        ("GET", "/api/history"), ("GET", "/api/agreement"), ("GET", "/api/tap"), ("GET", "/api/dead-letters/1"), ("DELETE", "/api/dead-letters/1"), ("POST", "/api/dead-letters/replay"),
        ("POST", "/api/dead-letters/discard"),
    ]

    @Test(arguments: api)
    func withoutItTheAPIIs401AndNothingChanges(_ method: String, _ path: String) async throws {
        let shelf = Shelf(letters: [Sample.letter(1)])
        try await withStage(shelf, token: "let me in") { stage async throws in
            for field in ["X-Nothing: 1", "Authorization: Bearer let me", "Authorization: Bearer", "Authorization: Basic let me in"] {
                let reply = try await stage.ask(method, path, body: "{\"all\":true}", fields: [field])
                #expect(try reply.status == 401 && reply.detail.contains("Bearer"))
                #expect(reply.fields["www-authenticate"] == "Bearer")
            }
            let two = ["Authorization: Bearer let me in", "Authorization: Bearer let me in"]
            #expect(try await stage.ask(method, path, body: "{\"all\":true}", fields: two).status == 401)
            #expect(shelf.letterIDs == [1])
        }
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func withItTheAPIIsThere(_ scheme: String) async throws {
        try await withStage(Shelf(letters: [Sample.letter(1)]), token: "let me in") { stage async throws in
            let fields = ["Authorization: \(scheme) let me in"]
            #expect(try await stage.ask("GET", "/api/dead-letters/1", fields: fields).status == 200)
            #expect(try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"all\":true}", fields: fields).status == 200)
        }
    }

    @Test(arguments: ["/", "/metrics", "/livez", "/readyz"])
    func thePageAndWhatIsScrapedNeedNone(_ path: String) async throws {
        try await withStage(token: "let me in") { stage async throws in #expect(try await stage.get(path).status == 200) }
    }
}
