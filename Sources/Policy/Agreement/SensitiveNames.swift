internal import Exchange

/// Names of members and fields whose values are not shown.
enum SensitiveNames {
    /// A name that holds one of these, in any case and whatever stands between its words, is one.
    private static let parts = [
        "password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "apikey", "credential", "signature", "privatekey",
        "sessionid", "accesskey",
    ]

    static func contains(_ name: [UInt8]) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        if Redaction.sensitiveKeys.contains(text) { return true }
        let letters = text.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " && $0 != "." }
        return parts.contains { letters.contains($0) }
    }

    static let replacement = Redaction.replacement
}
