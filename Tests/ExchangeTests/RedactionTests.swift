import Exchange
import Testing

@Suite("Redaction")
struct RedactionTests {
    @Test("Each sensitive key's value goes, its key stays", arguments: Redaction.sensitiveKeys)
    func everyKey(key: String) {
        #expect(Redaction.standard.query("a=1&\(key)=s3cret&b=2") == "a=1&\(key)=REDACTED&b=2")
        #expect(Redaction.standard.query("\(key)=s3cret") == "\(key)=REDACTED")
        #expect(Redaction.standard.query("\(key)=") == "\(key)=REDACTED")
        #expect(Redaction.standard.query("\(key)") == "\(key)")
        // Another case is another key.
        let other = key == key.lowercased() ? key.uppercased() : key.lowercased()
        #expect(Redaction.standard.query("\(other)=shown") == "\(other)=shown")
    }

    @Test(
        "Queries",
        arguments: [
            ("", ""), ("&", "&"), ("=", "="), ("a", "a"), ("a=b", "a=b"), ("q=sig", "q=sig"), ("sig=a&sig=b", "sig=REDACTED&sig=REDACTED"),
            ("sig=a=b=c", "sig=REDACTED"), ("color=blue&sig=x", "color=blue&sig=REDACTED"), ("signature=x", "signature=x"),
            ("xsig=x", "xsig=x"), ("sigx=x", "sigx=x"), (" sig=x", " sig=x"), ("&&sig=x&&", "&&sig=REDACTED&&"),
            ("a=1;sig=x;b=2", "a=1;sig=REDACTED;b=2"), ("a=1#sig=x", "a=1#sig=REDACTED"), ("sig=x?y=z", "sig=REDACTED"),
            ("s%69g=x", "s%69g=REDACTED"), ("%73%69%67=x", "%73%69%67=REDACTED"), ("s%6=x", "s%6=x"), ("sig%=x", "sig%=x"),
            ("%ff=x", "%ff=x"), ("X-Amz-Signature%3D=x", "X-Amz-Signature%3D=x"), ("sig=日本&é=1", "sig=REDACTED&é=1"),
            ("Signature=a%26sig=b", "Signature=REDACTED"),
        ] as [(Substring, Substring)])
    func queries(query: Substring, expected: Substring) {
        #expect(Redaction.standard.query(query) == expected)
        var text = String(query)
        let mayConcern = text.withUTF8 { Redaction.standard.mayConcern($0) }
        #expect(mayConcern == (query != expected || query.contains("%")))
    }

    @Test("No piece of a secret is left, wherever it stands among others")
    func nothingLeaks() {
        let plain = ["a=1", "b", "", "=", "sig", "c=%20"]
        for key in Redaction.sensitiveKeys {
            for place in 0...plain.count {
                var parts = plain
                parts.insert("\(key)=s3cret", at: place)
                for separator in ["&", ";"] {
                    let redacted = Redaction.standard.query(Substring(parts.joined(separator: separator)))
                    #expect(!redacted.contains("s3cret"))
                    var text = parts.joined(separator: separator)
                    #expect(text.withUTF8 { Redaction.standard.mayConcern($0) })
                    parts[place] = "\(key)=REDACTED"
                    #expect(redacted == Substring(parts.joined(separator: separator)))
                    parts[place] = "\(key)=s3cret"
                }
            }
        }
    }

    @Test(
        "User information",
        arguments: [
            ("https://user:pass@host/path", "https://REDACTED:REDACTED@host/path"), ("https://user@host", "https://REDACTED@host"),
            ("https://:pass@host", "https://REDACTED:REDACTED@host"), ("https://a:b@c@host/", "https://REDACTED:REDACTED@host/"),
            ("https://host/a@b", "https://host/a@b"), ("https://host?a@b", "https://host?a@b"), ("https://host#a@b", "https://host#a@b"),
            ("https://host", "https://host"), ("user:pass@host", "user:pass@host"), ("", ""), ("://", "://"), ("://a:b@", "://REDACTED:REDACTED@"),
            ("http://u:p@[::1]:4318/v1/traces", "http://REDACTED:REDACTED@[::1]:4318/v1/traces"),
        ])
    func userInformation(url: String, expected: String) {
        #expect(Redaction.userInformation(url) == expected)
    }

    @Test(
        "Whole URLs",
        arguments: [
            ("https://u:p@host/p?sig=x&a=1", "https://REDACTED:REDACTED@host/p?sig=REDACTED&a=1"), ("http://host/p", "http://host/p"),
            ("http://host/p?", "http://host/p?"), ("/p?sig=x", "/p?sig=REDACTED"),
            ("https://www.example.com/path?color=blue&sig=x", "https://www.example.com/path?color=blue&sig=REDACTED"),
        ])
    func urls(url: String, expected: String) {
        #expect(Redaction.standard.url(url) == expected)
    }

    // MARK: What a configuration adds

    private static let own = Redaction(keys: ["api_key", "Kundennummer-ß"], headers: ["X-Customer"])

    @Test(
        "A key of one's own, in any case and however it is encoded, and the standard ones all the same",
        arguments: [
            ("api_key=x", "api_key=REDACTED"), ("a=1&API_Key=x&b=2", "a=1&API_Key=REDACTED&b=2"), ("%61pi_key=x", "%61pi_key=REDACTED"),
            ("%41PI_KEY=x", "%41PI_KEY=REDACTED"), ("api_keys=x", "api_keys=x"), ("api-key=x", "api-key=x"), ("sig=x", "sig=REDACTED"),
            ("SIG=x", "SIG=x"), ("kundennummer-%C3%9F=x", "kundennummer-%C3%9F=REDACTED"),
        ] as [(Substring, Substring)])
    func ownKeys(query: Substring, expected: Substring) {
        #expect(Self.own.query(query) == expected)
        var text = String(query)
        #expect(text.withUTF8 { Self.own.mayConcern($0) } == (query != expected || query.contains("%")))
        #expect(Self.own.url("https://u@example/p?\(query)") == "https://REDACTED@example/p?\(expected)")
    }

    @Test("The longest key that may be added is found, and none shorter for it")
    func longestKey() {
        let key = String(repeating: "k", count: Redaction.longestKey)
        let redaction = Redaction(keys: [key])
        #expect(redaction.query("\(key)=x&\(key.dropLast())=y") == "\(key)=REDACTED&\(key.dropLast())=y")
    }

    @Test("Headers of one's own, in any case; none without a configuration")
    func ownHeaders() {
        #expect(Self.own.hides(header: "x-CUSTOMER") && !Self.own.hides(header: "X-Customers"))
        #expect(!Redaction.standard.hides(header: "X-Customer"))
    }
}
