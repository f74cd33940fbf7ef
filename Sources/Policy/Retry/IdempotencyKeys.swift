package import Exchange

/// The key that makes a call safe to repeat (Idempotency-Key draft: a structured-field string, RFC 9651, 3.3.3).
package enum IdempotencyKeys {
    package enum Reading: Equatable, Sendable {
        case absent
        /// The key's text, without quotes and escapes: quoted and unquoted it is the same key.
        case key(String)
        /// A field that can't be read one way, or several of them: passed on as it is, but nothing is repeated because of it,
        /// and no key is made in its place.
        case malformed
    }

    /// Bytes of a key at most.
    package static let maxLength = 255

    /// What the application sent. Taken are a quoted string, whose parameters are let be, and, since many clients write it
    /// so, a bare run of visible characters without quotes, commas, semicolons and backslashes.
    package static func read(_ headers: Headers, field: String) -> Reading {
        var reading = Reading.absent
        headers.forEach(field) { value in
            reading = reading == .absent ? read(OptionalWhitespace.trimmed(value)) : .malformed
        }
        return reading
    }

    /// A key for an exchange whose application sent none, as it goes on the wire: quoted.
    package static func make(for exchange: ExchangeID) -> String { "\"\(exchange.description)\"" }

    /// A key's text as it goes on the wire.
    package static func quoted(_ key: String) -> String {
        "\"\(key.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private static func read(_ value: UnsafeRawBufferPointer) -> Reading {
        let text = value.first == quote ? quoted(value) : bare(value)
        guard let text, !text.isEmpty, text.count <= maxLength else { return .malformed }
        return .key(String(decoding: text, as: UTF8.self))
    }

    private static func quoted(_ value: UnsafeRawBufferPointer) -> [UInt8]? {
        var text: [UInt8] = []
        var place = 1
        while place < value.count, text.count <= maxLength {
            switch value[place] {
            case quote:
                let rest = OptionalWhitespace.trimmed(UnsafeRawBufferPointer(rebasing: value[(place + 1)...]))
                return rest.isEmpty || rest[0] == UInt8(ascii: ";") ? text : nil
            case backslash:
                place += 1
                guard place < value.count, value[place] == quote || value[place] == backslash else { return nil }
                text.append(value[place])
            case 0x20...0x7E: text.append(value[place])
            default: return nil
            }
            place += 1
        }
        return nil
    }

    private static func bare(_ value: UnsafeRawBufferPointer) -> [UInt8]? {
        let isPlain = value.allSatisfy { byte in
            (0x21...0x7E).contains(byte) && byte != quote && byte != backslash && byte != UInt8(ascii: ",")
                && byte != UInt8(ascii: ";")
        }
        return isPlain ? Array(value) : nil
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
}
