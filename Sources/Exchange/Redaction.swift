/// What must never be shown: of a URL the user information and the values of query keys that carry signatures or credentials
/// (OpenTelemetry's semantic conventions 1.44, `url.full` and `url.query`), and what the configuration adds to these.
package struct Redaction: Sendable, Hashable {
    /// Without anything of a configuration.
    package static let standard = Redaction()
    /// Compared case-sensitively.
    package static let sensitiveKeys = [
        "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature",
    ]
    /// What stands in place of a value.
    package static let replacement = "REDACTED"
    /// Bytes of the longest query key that can be added.
    package static let longestKey = 63

    /// Query keys beside the sensitive ones. Compared without case: to redact a little much is the safe side.
    package let keys: [String]
    /// Names of fields whose values are not shown, compared without case.
    package let headers: [String]
    /// `keys`, in lower case.
    private let ownKeys: [[UInt8]]
    /// `headers`, in lower case.
    private let ownHeaders: Set<String>
    /// Bit n is set where a sensitive key has n bytes.
    private let keyLengths: UInt64

    /// - Parameter keys: of at most `longestKey` bytes each, as they are before they are percent-encoded.
    package init(keys: [String] = [], headers: [String] = []) {
        self.keys = keys
        self.headers = headers
        ownKeys = keys.map { $0.utf8.map(Redaction.lowercase) }
        ownHeaders = Set(headers.map { $0.lowercased() })
        keyLengths = (Redaction.sensitiveKeys + keys).reduce(0) { $0 | 1 << UInt64($1.utf8.count) }
    }

    /// Whether the value of a field of this name is not to be shown.
    package func hides(header name: String) -> Bool { !ownHeaders.isEmpty && ownHeaders.contains(name.lowercased()) }

    /// The query, without its `?`, with `REDACTED` in place of each value of a sensitive key; keys, order and separators stay
    /// as they are. The same text where there is nothing to redact.
    package func query(_ query: Substring) -> Substring {
        var result: String?
        var copied = query.startIndex
        forEachValue(of: query) { key, value in
            guard isSensitive(key) else { return }
            result = (result ?? "") + query[copied..<value.startIndex] + Redaction.replacement
            copied = value.endIndex
        }
        guard let result else { return query }
        return Substring(result + query[copied...])
    }

    /// False where `query` would find nothing to redact: much cheaper, and true of nearly every query. Of UTF-8.
    package func mayConcern(_ query: UnsafeBufferPointer<UInt8>) -> Bool {
        var keyStart = 0
        for (place, byte) in query.enumerated() {
            if byte == UInt8(ascii: "%") { return true }
            if Redaction.separates(byte) { keyStart = place + 1 }
            guard byte == UInt8(ascii: "=") else { continue }
            let length = place - keyStart
            guard length < 64, keyLengths >> UInt64(length) & 1 == 1 else { continue }
            let key = query[keyStart..<place]
            if isSensitive(key) { return true }
        }
        return false
    }

    /// The URL with its user information and the sensitive values of its query redacted. What is not a URL comes back as it
    /// is, but for what looks like a query.
    package func url(_ url: String) -> String {
        let cleared = Redaction.userInformation(url)
        guard let mark = cleared.firstIndex(of: "?") else { return cleared }
        let start = cleared.index(after: mark)
        return String(cleared[..<start]) + query(cleared[start...])
    }

    /// `user:password@` becomes `REDACTED:REDACTED@`, `user@` becomes `REDACTED@`.
    package static func userInformation(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // The last @ counts: a password may hold one that was not encoded.
        guard let mark = authority.lastIndex(of: "@") else { return url }
        let replacement = authority[..<mark].contains(":") ? "REDACTED:REDACTED" : "REDACTED"
        return String(url[..<scheme.upperBound]) + replacement + url[mark...]
    }

    /// Calls `body` for each `key=value`. A fragment and `;` end a value too: to redact a little much is the safe side.
    private func forEachValue(of query: Substring, _ body: (_ key: Substring, _ value: Substring) -> Void) {
        let bytes = query.utf8
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(where: Redaction.separates) ?? bytes.endIndex
            if let equals = bytes[start..<end].firstIndex(of: UInt8(ascii: "=")) {
                body(query[start..<equals], query[bytes.index(after: equals)..<end])
            }
            guard end < bytes.endIndex else { return }
            start = bytes.index(after: end)
        }
    }

    private static func separates(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "&") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "#")
    }

    /// A key that is percent-encoded means what it decodes to, to the server and so here.
    private func isSensitive(_ key: Substring) -> Bool {
        key.utf8.contains(UInt8(ascii: "%")) ? isSensitive(Redaction.percentDecoded(key)) : isSensitive(key.utf8)
    }

    private func isSensitive(_ key: some Collection<UInt8>) -> Bool {
        if Redaction.sensitiveKeys.contains(where: { $0.utf8.elementsEqual(key) }) { return true }
        return ownKeys.contains { $0.elementsEqual(key.lazy.map(Redaction.lowercase)) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }

    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count, let high = Hexadecimal.digit(bytes[place + 1]),
                let low = Hexadecimal.digit(bytes[place + 2])
            {
                decoded.append(high << 4 | low)
                place += 3
            } else {
                decoded.append(bytes[place])
                place += 1
            }
        }
        return decoded
    }
}
