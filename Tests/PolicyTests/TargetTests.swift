import Exchange
import Policy
import Testing

@Suite struct TargetTests {
    @Test(arguments: [
        ("", "/", "/"), ("", "/orders?x=1", "/orders?x=1"), ("", "*", "*"), ("/v2", "/", "/v2/"), ("/v2", "/orders", "/v2/orders"),
        ("/v2", "/?x=1", "/v2/?x=1"), ("/v2", "*", "*"), ("/v2", "//a//", "/v2//a//"), ("/v2", "/a/../b/./%2e%2E?/..", "/v2/a/../b/./%2e%2E?/.."),
        ("/a/b", "/c%20d?e=%C3%A9&f=+#", "/a/b/c%20d?e=%C3%A9&f=+#"),
    ])
    func byteForByte(_ prefix: String, _ requested: String, _ expected: String) {
        let request = RequestHead(method: "GET", target: requested, headers: Headers(), bodyLength: .none)
        let base = BaseURL(scheme: "https", host: "a", port: 443, pathPrefix: prefix)
        #expect(Array(target(of: request, at: base).utf8) == Array(expected.utf8))
    }
}
