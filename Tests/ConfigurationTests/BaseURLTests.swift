import Exchange
import Testing

@testable import Configuration

@Suite struct BaseURLTextTests {
    @Test(arguments: [
        ("https://api.example.com", "https", "api.example.com", 443, ""),
        ("http://api.example.com/", "http", "api.example.com", 80, ""),
        ("HTTPS://API.Example.COM:8443/v2/", "https", "api.example.com", 8443, "/v2"),
        ("http://[::1]:8080/a/b", "http", "::1", 8080, "/a/b"),
        ("http://[2001:DB8::1]", "http", "2001:db8::1", 80, ""), ("http://127.0.0.1:1", "http", "127.0.0.1", 1, ""),
        ("http://a_b-c.internal./x//", "http", "a_b-c.internal.", 80, "/x"),
        ("http://h/a%20b/~c;d=1", "http", "h", 80, "/a%20b/~c;d=1"),
        ("http://h//", "http", "h", 80, ""),
    ])
    func reads(_ text: String, _ scheme: String, _ host: String, _ port: Int, _ path: String) throws {
        #expect(try BaseURLText.parse(text) == BaseURL(scheme: scheme, host: host, port: port, pathPrefix: path))
    }

    @Test(arguments: [
        ("api.example.com/v2", "no scheme"), ("", "empty"), ("ftp://h", "neither http nor https"), ("unix:/run/x", "no scheme"),
        ("https://", "no host"), ("https:///v2", "no host"), ("https://:80", "no host"), ("https://h:0", "port"),
        ("https://h:65536", "port"),
        ("https://h:", "port"), ("https://h:8o", "port"), ("https://h:80:80", "port"), ("https://u@h", "user or password"),
        ("https://u:p@h", "user or password"), ("https://h?a=b", "query"), ("https://h/x?", "query"), ("https://h/#f", "fragment"),
        ("https://h h", "host"), ("https://-h", "host"), ("https://a..b", "host"), ("https://.", "host"),
        ("https://bücher.example", "host"),
        ("https://[::1", "IPv6"), ("https://[::g]", "IPv6"), ("https://[::1]80", "IPv6"), ("https://[]", "IPv6"),
        ("https://h/a b", "path"),
        ("https://h/%2", "path"), ("https://h/%zz", "path"), ("https://h/\u{7}", "path"), ("https://h/ü", "path"),
    ])
    func refuses(_ text: String, _ word: String) {
        #expect { try BaseURLText.parse(text) } throws: { ($0 as? Complaint)?.message.contains(word) == true }
    }

    @Test(arguments: [
        "https://name:hunter2@h", "https://h?key=hunter2", "name:hunter2@h", "x://name:hunter2@h", "https://h/ ?hunter2",
    ])
    func neverShowsWhatMayBeASecret(_ url: String) {
        let found = errors("upstreams: { a: { url: \"\(url)\" } }\n")
        #expect(found.count == 1)
        #expect(found.allSatisfy { !"\($0) \($0.hint ?? "")".contains("hunter2") })
    }

    @Test func aMissingSchemeIsSuggested() {
        let found = errors("upstreams:\n  a:\n    url: api.example.com/v2\n")
        #expect(found.map(\.description) == ["test.yaml:3:10: upstreams.a.url: the URL has no scheme, found 'api.example.com/v2'"])
        #expect(found.first?.hint == "did you mean 'https://api.example.com/v2'?")
    }
}
