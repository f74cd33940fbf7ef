import Testing

@testable import Ingress

@Suite struct RequestTargetTests {
    private func parse(_ text: String, method: String = "GET") -> Result<RequestTarget, Refusal> {
        Array(text.utf8).withUnsafeBytes { bytes in Result { () throws(Refusal) in try RequestTarget.parse(bytes, method: method) } }
    }

    @Test(arguments: ["/", "/a/../b", "//a//b/", "/?", "/a?b=c&d=%20", "/%zz", "/a:b@c", "/[x]", "/a?http://b/", "/\"<>\\^`{|}"])
    func originFormStaysAsItIs(target: String) {
        #expect(parse(target) == .success(RequestTarget(target: target)))
    }

    @Test(arguments: [
        ("GET", "http://a/b?c", "/b?c", "a"), ("GET", "HTTP://A:80/", "/", "A:80"), ("GET", "http://a", "/", "a"),
        ("GET", "http://a?b", "/?b", "a"), ("OPTIONS", "http://a", "*", "a"), ("OPTIONS", "http://a/", "/", "a"),
        ("POST", "http://[::1]:4100//x", "//x", "[::1]:4100"), ("GET", "http://127.0.0.1/a:b", "/a:b", "127.0.0.1"),
    ])
    func absoluteFormBecomesOriginForm(method: String, target: String, expected: String, authority: String) {
        #expect(parse(target, method: method) == .success(RequestTarget(target: expected, authority: authority)))
    }

    @Test(arguments: [
        ("GET", "*", Refusal.starTarget), ("GET", "**", .invalidTargetForm), ("GET", "a", .invalidTargetForm),
        ("GET", "a/b", .invalidTargetForm), ("GET", "?a", .invalidTargetForm), ("GET", "https://a/", .invalidTargetForm),
        ("GET", "http:/a", .invalidTargetForm), ("GET", "http://", .invalidTargetForm), ("GET", "http:///a", .invalidAuthority),
        ("GET", "http://u@a/", .invalidAuthority), ("GET", "http://u:p@a/", .invalidAuthority), ("GET", "http://a:b/", .invalidAuthority),
        ("GET", "http://?a", .invalidAuthority), ("GET", "ftp://a/", .invalidTargetForm), ("GET", "a:80", .invalidTargetForm),
        ("CONNECT", "a:80", .connect), ("CONNECT", "/", .connect), ("GET", "/a#b", .fragmentInTarget), ("GET", "#", .fragmentInTarget),
        ("GET", "http://a/#b", .fragmentInTarget),
    ])
    func otherFormsAreRefused(method: String, target: String, refusal: Refusal) {
        #expect(parse(target, method: method) == .failure(refusal))
    }

    @Test func starIsForOptions() {
        #expect(parse("*", method: "OPTIONS") == .success(RequestTarget(target: "*")))
    }

    private func isAuthority(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { Authority.isValid($0) } }

    @Test(arguments: [
        "", "a", "a.b-c_d~e", "a:80", "a:", "a:0", "a:65535", "127.0.0.1", "127.0.0.1:4100", "[::1]", "[::1]:80", "[2001:db8::1]",
        "[::ffff:127.0.0.1]:1", "%41b", "a!$&'()*+,;=",
    ])
    func hosts(text: String) {
        #expect(isAuthority(text))
    }

    @Test(arguments: [
        ":80", "a:65536", "a:123456", "a:8 0", "a:-1", "a b", "a/b", "a@b", "a?b", "a#b", "[", "[]", "[:]", "[::1", "::1", "[::1]a", "[::1]80",
        "[g::1]", "[fe80::1%25eth0]", "[1234]", "%4", "%zz", "%", "a\u{E9}", "a\"", "<a>", "a\\b", "a:80:80", "a\t",
    ])
    func notHosts(text: String) {
        #expect(!isAuthority(text))
    }
}
