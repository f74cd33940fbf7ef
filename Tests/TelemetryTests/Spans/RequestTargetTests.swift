import Testing

@testable import Telemetry

@Suite("Targets and hosts")
struct RequestTargetTests {
    @Test(
        "Path and query of a target",
        arguments: [
            ("/", "/", nil), ("/a/b", "/a/b", nil), ("/a?", "/a", ""), ("/a?b=c", "/a", "b=c"), ("/a?b?c", "/a", "b?c"), ("*", "*", nil),
            ("", "", nil), ("?a", "", "a"), ("http://u:p@host/path?q", "/path", "q"), ("http://u:p@host", "", nil),
            ("http://u:p@host?q", "", "q"), ("/a://b@c", "/a://b@c", nil), ("host:443", "host:443", nil), ("/ä?ö", "/ä", "ö"),
        ] as [(String, String, String?)])
    func targets(target: String, path: String, query: String?) {
        var target = target
        target.withUTF8 { text in
            let parts = RequestTarget(text)
            #expect(String(decoding: parts.path, as: UTF8.self) == path)
            #expect(parts.query.map { String(decoding: $0, as: UTF8.self) } == query)
            #expect(parts.isAsterisk == (path == "*"))
        }
    }

    @Test(
        "Address and port of a Host",
        arguments: [
            ("localhost", "localhost", 80), ("localhost:4100", "localhost", 4100), ("[::1]", "::1", 80), ("[::1]:4100", "::1", 4100),
            ("127.0.0.1:1", "127.0.0.1", 1), ("a:", "a", nil), ("a:b", "a", nil), ("a:65535", "a", 65535), ("a:65536", "a", nil),
            ("a:-1", "a", nil), ("a:1:2", "a", nil), ("", "", 80), (":80", "", 80), ("[::1", "[", nil), ("[]", "", 80), ("[::1]x", "::1", nil),
            ("user:pass@host:1", "host", 1), ("@", "", 80),
            ("a:007", "a", 7), ("a:123456", "a", nil), ("a:+1", "a", nil), ("ä:1", "ä", 1),
        ] as [(String, String, Int?)])
    func hosts(value: String, address: String, port: Int?) {
        var value = value
        value.withUTF8 { text in
            let host = HostField(text, defaultPort: 80)
            #expect(String(decoding: host.address, as: UTF8.self) == address)
            #expect(host.port == port)
        }
    }

    @Test("The methods that may be names", arguments: ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE"])
    func methods(name: String) {
        #expect(KnownMethod.name(name)?.description == name)
        #expect(KnownMethod.name(name.lowercased()) == nil)
        #expect(KnownMethod.name(name + " ") == nil)
    }
}
