internal import Exchange
internal import NIOCore

/// The page for people at `GET /`: one document with its script and its style in it, which asks the API of this listener.
enum Page {
    /// The document with a new nonce, and the fields that let a browser run its script and style alone and connect nowhere else
    /// (Content Security Policy Level 3).
    static func answer() -> AdminAnswer {
        let nonce = newNonce()
        var answer = AdminAnswer(.ok, "text/html; charset=utf-8", ByteBuffer(string: document(nonce: nonce)))
        answer.fields = [("content-security-policy", policy(nonce: nonce)), ("referrer-policy", "no-referrer")]
        return answer
    }

    static func policy(nonce: String) -> String {
        """
        default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; img-src 'self' data:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    }

    /// 128 bits from the system's generator, as 32 hexadecimal digits.
    private static func newNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.string(generator.next()) + Hexadecimal.string(generator.next())
    }

    static func document(nonce: String) -> String { pieces.joined(separator: nonce) }

    /// The document, cut where a nonce belongs.
    private static let pieces: [String] = {
        let script = [ground, charts, overview, agreement, exchanges, exchange, deadLetters, deadLetter, configuration, start]
        let states = DeliveryState.allCases.map(\.rawValue).joined(separator: " ")
        let classes = ErrorClass.allCases.map(\.rawValue).joined(separator: " ")
        let values = [
            ("version", Version.current), ("states", states), ("classes", classes), ("style", shortStyle),
            ("script", short(script.joined(separator: "\n"))),
        ]
        return values.reduce(shell) { $0.split(mark: $1.0).joined(separator: $1.1) }.split(mark: "nonce")
    }()

    /// In a style a space beside these means nothing, nor does the last semicolon of a rule.
    private static let shortStyle = [(" {", "{"), ("{ ", "{"), ("; ", ";"), (": ", ":"), (", ", ","), (";}", "}")].reduce(short(style)) {
        $0.replacing($1.0, with: $1.1)
    }

    /// Without indentation and lines that are comments, which nobody reads there.
    private static func short(_ text: String) -> String {
        text.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.hasPrefix("//") }.joined(separator: "\n")
    }
}

extension String {
    /// Cut where `{{mark}}` stands.
    fileprivate func split(mark: String) -> [String] {
        split(separator: "{{\(mark)}}", omittingEmptySubsequences: false).map(String.init)
    }
}
