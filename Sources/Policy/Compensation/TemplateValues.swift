internal import Exchange
internal import NIOCore

/// What the placeholders of a compensating call stand for, of one exchange.
struct TemplateValues {
    let exchange: SpooledExchange
    let upstream: String
    /// How the upstream's answer began.
    let answer: ByteBuffer?

    /// nil for what is not there, and for a JSON null.
    func value(of placeholder: Placeholder) -> Value? {
        switch placeholder {
        case .id: return .text(Array(exchange.id.description.utf8))
        case .path: return .text(Array(exchange.target.utf8.prefix { $0 != UInt8(ascii: "?") }))
        case .upstream: return .text(Array(upstream.utf8))
        case .body: return exchange.body.map { .text(Array($0.readableBytesView)) }
        case .bodyValue(let pointer): return json(exchange.body, pointer)
        case .answerValue(let pointer): return json(answer, pointer)
        case .header(let name):
            var text: [UInt8]?
            exchange.headers.forEach(name) { if text == nil { text = Array($0) } }
            return text.map { .text($0) }
        }
    }

    private func json(_ document: ByteBuffer?, _ pointer: JSONPointer) -> Value? {
        document.flatMap { JSONText($0.readableBytesView).value(at: pointer) }.flatMap { Value(json: $0) }
    }

    enum Value {
        case text([UInt8])
        /// With its quotes.
        case jsonString(ArraySlice<UInt8>)
        case json(ArraySlice<UInt8>)

        init?(json: ArraySlice<UInt8>) {
            if json.elementsEqual("null".utf8) { return nil }
            self = json.first == UInt8(ascii: "\"") ? .jsonString(json) : .json(json)
        }

        /// In the path and in fields.
        var plain: [UInt8] {
            switch self {
            case .text(let text): text
            case .jsonString(let string): JSONText.unescaped(string)
            case .json(let json): Array(json)
            }
        }

        /// In the body, outside of double quotes.
        var bare: [UInt8] {
            switch self {
            case .text(let text): text
            case .jsonString(let json), .json(let json): Array(json)
            }
        }

        /// In the body, within double quotes. What is not UTF-8 is replaced, since a JSON string holds nothing else.
        var quoted: [UInt8] {
            switch self {
            case .text(let text): JSONText.escaped(String(decoding: text, as: UTF8.self).utf8)
            case .jsonString(let string): Array(string.dropFirst().dropLast())
            case .json(let json): JSONText.escaped(json)
            }
        }
    }
}
