/// A JSON pointer (RFC 6901) to a part of a document.
struct JSONPointer: Sendable, Hashable {
    /// The names and numbers on the way, their escapes undone.
    let tokens: [[UInt8]]

    /// nil for what is not a pointer, and for the empty one, which points to the whole document.
    init?(_ text: some StringProtocol) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0].isEmpty else { return nil }
        var tokens: [[UInt8]] = []
        for part in parts.dropFirst() {
            guard let token = JSONPointer.unescaped(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    /// `~1` is `/` and `~0` is `~`.
    private static func unescaped(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        var token: [UInt8] = []
        var isEscape = false
        for byte in part {
            switch byte {
            case UInt8(ascii: "0") where isEscape: token.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1") where isEscape: token.append(UInt8(ascii: "/"))
            case _ where isEscape: return nil
            case UInt8(ascii: "~"): break
            default: token.append(byte)
            }
            isEscape = !isEscape && byte == UInt8(ascii: "~")
        }
        return isEscape ? nil : token
    }

    /// A token as the number of an array's element: digits without a leading zero (RFC 6901, 4).
    static func index(_ token: [UInt8]) -> Int? {
        guard let first = token.first, token.count == 1 || first != UInt8(ascii: "0"), token.allSatisfy({ $0 &- 0x30 < 10 })
        else { return nil }
        return Int(String(decoding: token, as: UTF8.self))
    }
}
