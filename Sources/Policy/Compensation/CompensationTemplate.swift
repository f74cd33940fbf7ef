package import Exchange
package import NIOCore

/// The compensating call of a route, its texts taken apart once: `CompensationSettings` has its placeholders.
///
/// What a placeholder becomes depends on where it stands:
/// - In the path every byte of it is percent-encoded but the unreserved ones (RFC 3986, 2.3), so that a value is one segment and no
///   more. `{path}` alone goes as it came, encoded already.
/// - In a field it is plain text, its control characters dropped.
/// - In the body, within double quotes, it is the content of a JSON string: the text, escaped; of a JSON value that is not a
///   string, its JSON text, escaped. Outside of quotes `{body:/…}` and `{answer:/…}` are the JSON value as it stands, a string
///   with its quotes, and everything else is the plain text.
///
/// What can't be found, and a JSON null, is `null` in the body outside of quotes, and in the path, where nothing in its place could
/// make the call one to something larger; it is nothing everywhere else. A string in the
/// path or in a field is its text, without quotes and escapes; any other JSON value is its JSON text.
///
/// JSON is looked at up to `JSONText.sizeLimit` bytes and 64 values deep. Of the upstream's answer only so much is there as is kept,
/// 2,048 bytes: `{answer:/…}` finds what stands whole before the cut, and of a longer answer nothing behind it.
package struct CompensationTemplate: Sendable {
    private let method: String
    private let path: TemplateText
    private let headers: [(name: String, value: TemplateText)]
    private let body: TemplateText?

    /// - Throws: what is wrong with one of the texts, as `fault(in:)` has it, or with the path.
    package init(_ settings: CompensationSettings) throws {
        guard settings.path.hasPrefix("/") || settings.path.hasPrefix("{path}") else {
            throw TemplateFault("the path of a compensating call begins with '/', or with {path}")
        }
        method = settings.method
        path = try TemplateText(settings.path)
        headers = try settings.headers.map { ($0.name, try TemplateText($0.value)) }
        body = try settings.body.map { try TemplateText($0) }
    }

    /// What is wrong with the placeholders and braces of a text, as a sentence that says what to write; nil where nothing is.
    package static func fault(in text: String) -> String? {
        do throws(TemplateFault) {
            _ = try TemplateText(text)
            return nil
        } catch {
            return error.description
        }
    }

    /// What stands outside of a text's placeholders; empty where there is a fault.
    package static func literal(of text: String) -> String {
        let parts = (try? TemplateText(text))?.parts ?? []
        let bytes = parts.flatMap { part -> [UInt8] in
            if case .text(let text) = part { text } else { [] }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The call for one exchange.
    ///
    /// - Parameters:
    ///   - upstream: the name of the one that took the exchange and is called.
    ///   - answer: how its answer began; nil where none is kept.
    package func expand(
        exchange: SpooledExchange, upstream: String, answer: ByteBuffer?
    ) -> (method: String, target: String, headers: Headers, body: ByteBuffer?) {
        let values = TemplateValues(exchange: exchange, upstream: upstream, answer: answer)
        var fields = Headers()
        for (name, value) in headers {
            let text = value.expanded { placeholder, _ in values.value(of: placeholder)?.plain ?? [] }.filter { $0 >= 0x20 && $0 != 0x7F }
            text.withUnsafeBytes { text in
                Array(name.utf8).withUnsafeBytes { fields.append(name: $0, value: text) }
            }
        }
        let target = path.expanded { placeholder, _ in
            let found = values.value(of: placeholder)?.plain ?? []
            let text = found.isEmpty ? Array("null".utf8) : found
            return placeholder == .path ? text : PercentEncoding.encoded(bytes: text)
        }
        let bytes = body?.expanded { placeholder, isQuoted in
            isQuoted ? values.value(of: placeholder)?.quoted ?? [] : values.value(of: placeholder)?.bare ?? Array("null".utf8)
        }
        return (method, String(decoding: target, as: UTF8.self), fields, bytes.map { ByteBuffer(bytes: $0) })
    }
}

extension TemplateText {
    fileprivate func expanded(_ value: (Placeholder, _ isQuoted: Bool) -> [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .value(let placeholder, let isQuoted): result += value(placeholder, isQuoted)
            }
        }
        return result
    }
}
