internal import Exchange

/// A text with placeholders, taken apart once. A brace that no letter follows is a brace, so that JSON is written as it is.
struct TemplateText: Sendable {
    enum Part: Sendable, Hashable {
        case text([UInt8])
        /// Whether it stands within double quotes, which the text before it left open; a backslash within them makes the next
        /// byte plain.
        case value(Placeholder, isQuoted: Bool)
    }

    let parts: [Part]

    init(_ text: String) throws(TemplateFault) {
        var reader = TemplateReader(text)
        parts = try reader.read()
    }
}

/// What a placeholder stands for.
enum Placeholder: Sendable, Hashable {
    case id
    case path
    case upstream
    case body
    case bodyValue(JSONPointer)
    case answerValue(JSONPointer)
    case header(String)

    /// - Parameter text: what stands between the braces.
    init?(_ text: String) {
        switch text {
        case "id": self = .id
        case "path": self = .path
        case "upstream": self = .upstream
        case "body": self = .body
        default:
            guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            self.init(kind: text[..<colon], argument: text[text.utf8.index(after: colon)...])
        }
    }

    private init?(kind: Substring, argument: Substring) {
        switch kind {
        case "body":
            guard let pointer = JSONPointer(argument) else { return nil }
            self = .bodyValue(pointer)
        case "answer":
            guard let pointer = JSONPointer(argument) else { return nil }
            self = .answerValue(pointer)
        case "header":
            guard Token.isWhole(argument.utf8) else { return nil }
            self = .header(String(argument))
        default: return nil
        }
    }
}

/// What is wrong with a template, as a sentence that says what to write.
struct TemplateFault: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static func unended(_ text: String) -> TemplateFault { TemplateFault("'{\(text.prefix(60))' has no '}' behind it") }

    static func unknown(_ text: String) -> TemplateFault {
        TemplateFault(
            "'{\(text.prefix(60))}' is not a placeholder: there are {id}, {path}, {upstream}, {body}, {body:/pointer}, {answer:/pointer} and "
                + "{header:Name}")
    }
}

private struct TemplateReader {
    private let bytes: [UInt8]
    private var place = 0
    private var parts: [TemplateText.Part] = []
    private var literal: [UInt8] = []
    private var isQuoted = false
    private var isEscaped = false

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func read() throws(TemplateFault) -> [TemplateText.Part] {
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == openBrace, beginsPlaceholder { try addPlaceholder() } else { add(byte) }
        }
        endLiteral()
        return parts
    }

    private var beginsPlaceholder: Bool {
        guard place < bytes.count else { return false }
        return 0x61...0x7A ~= bytes[place] | 0x20
    }

    private mutating func add(_ byte: UInt8) {
        literal.append(byte)
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\"") {
            isQuoted.toggle()
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = isQuoted
        }
    }

    private mutating func addPlaceholder() throws(TemplateFault) {
        guard let end = bytes[place...].firstIndex(of: closeBrace) else { throw .unended(String(decoding: bytes[place...], as: UTF8.self)) }
        let text = String(decoding: bytes[place..<end], as: UTF8.self)
        guard let placeholder = Placeholder(text) else { throw .unknown(text) }
        endLiteral()
        parts.append(.value(placeholder, isQuoted: isQuoted))
        isEscaped = false
        place = end + 1
    }

    private mutating func endLiteral() {
        if !literal.isEmpty { parts.append(.text(literal)) }
        literal = []
    }
}

private let openBrace = UInt8(ascii: "{")
private let closeBrace = UInt8(ascii: "}")
