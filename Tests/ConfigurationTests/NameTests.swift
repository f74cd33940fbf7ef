import Testing

@testable import Configuration

@Suite struct NameTextTests {
    @Test(arguments: ["a", "inventory", "A.b_c-9", String(repeating: "n", count: 64)])
    func takes(_ name: String) {
        #expect(UpstreamName.complaint(about: name) == nil)
    }

    @Test(arguments: ["", "a b", "a/b", "ä", "a\n", String(repeating: "n", count: 65), "accepted", "first", "all"])
    func refuses(_ name: String) {
        #expect(UpstreamName.complaint(about: name) != nil)
    }
}

@Suite struct HeaderTextTests {
    @Test(arguments: [
        "Host", "connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length",
        "Expect", "Via",
        "traceparent", "TraceState",
    ])
    func cannotBeSet(_ name: String) {
        let complaint = HeaderText.objection(toSetting: name)
        #expect(complaint?.code == .forbiddenHeader)
        if name == "Host" { #expect(complaint?.hint?.contains("keep_host") == true) }
    }

    @Test(arguments: ["X-Source", "Authorization", "Accept", "Cookie", "baggage"])
    func canBeSet(_ name: String) {
        #expect(HeaderText.objection(toSetting: name) == nil)
    }

    @Test(arguments: [
        ("", true), ("a b\tc", true), ("ü", true), (" a", false), ("a ", false), ("a\r\nb: c", false), ("\u{0}", false),
        ("\u{7F}", false),
    ])
    func values(_ text: String, _ isValue: Bool) {
        #expect(HeaderText.isValue(text) == isValue)
    }
}

@Suite struct RoutePatternTests {
    @Test(arguments: [
        "/", "/a", "/a/b", "/a/", "/*", "/a/*/b", "/{id}", "/a/{id}/b", "/**", "/a/**", "/a/*/**", "/a%20b", "/a//b",
        "/.well-known/x",
    ])
    func takes(_ text: String) throws {
        _ = try RoutePattern(text)
    }

    @Test(arguments: [
        ("", "'/'"), ("a", "'/'"), ("**", "'/'"), ("/a*", "whole segment"), ("/*a", "whole segment"), ("/{}", "whole segment"),
        ("/{a", "whole segment"), ("/a}", "whole segment"), ("/{a}b", "whole segment"), ("/**/a", "last"), ("/a/**/b", "last"),
        ("/a**", "last"),
        ("/***", "last"), ("/a?b", "query"), ("/a#b", "query"), ("/a b", "wire"), ("/ü", "wire"), ("/%2", "wire"),
    ])
    func refuses(_ text: String, _ word: String) {
        #expect { try RoutePattern(text) } throws: { ($0 as? Complaint)?.message.contains(word) == true }
    }

    /// Every pair of a small space against what they match of a small space of paths.
    @Test func coversExactlyWhatItMatches() throws {
        let parts = ["a", "b", "*"]
        var patterns = ["/", "/**"]
        for first in parts {
            patterns += ["/\(first)", "/\(first)/**"]
            for second in parts { patterns += ["/\(first)/\(second)", "/\(first)/\(second)/**"] }
        }
        let letters = ["a", "b", "c"]
        var paths = ["/"] + letters.map { "/\($0)" }
        for first in letters {
            for second in letters { paths += ["/\(first)/\(second)"] + letters.map { "/\(first)/\(second)/\($0)" } }
        }
        for left in patterns {
            for right in patterns {
                let covers = paths.allSatisfy { !matches(right, $0) || matches(left, $0) }
                #expect(try RoutePattern(left).covers(RoutePattern(right)) == covers, "\(left) over \(right)")
            }
        }
    }

    /// A model of matching, written as plainly as it goes.
    private func matches(_ pattern: String, _ path: String) -> Bool {
        var pattern = pattern.split(separator: "/").map(String.init)
        var path = path.split(separator: "/").map(String.init)
        let takesRest = pattern.last == "**"
        if takesRest {
            pattern.removeLast()
            path = Array(path.prefix(pattern.count))
        }
        return pattern.count == path.count && zip(pattern, path).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
