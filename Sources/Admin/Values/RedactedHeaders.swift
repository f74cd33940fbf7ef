internal import Exchange

/// The fields of a request as people may see them: no credential among them.
enum RedactedHeaders {
    static func pairs(_ headers: Headers, _ redaction: Redaction) -> [(name: String, value: String)] {
        headers.pairs.map { pair in
            (pair[0], isSensitive(pair[0]) || redaction.hides(header: pair[0]) ? Redaction.replacement : redaction.url(pair[1]))
        }
    }

    /// Whether a field carries a credential, told by its name alone: to redact a little much is the safe side.
    static func isSensitive(_ name: String) -> Bool {
        let plain = String(decoding: name.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }, as: UTF8.self)
        return words.contains { plain.contains($0) }
    }

    /// What such names have in common: `Authorization`, `Proxy-Authorization`, `Cookie`, `Set-Cookie`, `X-Api-Key`,
    /// `X-Auth-Token`, `Webhook-Signature`.
    private static let words = [
        "authorization", "cookie", "apikey", "accesskey", "authkey", "token", "secret", "password", "credential", "signature",
    ]
}
