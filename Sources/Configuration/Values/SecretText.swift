internal import Exchange

/// Secrets: `{ env: NAME }`, `{ file: path }` or the text itself. Each is looked up once here, so that a missing one is an
/// error before the start; the content is never part of a finding.
enum SecretText {
    static let expected = "a secret: { env: NAME } or { file: path }"
    /// Bytes up to which a secret's file is read.
    private static let bound = 64 * 1024

    static func read(_ value: Value) -> Secret? {
        if value.isMapping { return value.section(expecting: expected, hidingKeys: true) { source(in: $0) } ?? nil }
        guard value.isScalar, let text = value.text(expecting: expected) else {
            value.wrongType(expecting: expected)
            return nil
        }
        guard let complaint = complaint(about: text.text, what: "the secret") else {
            if !text.usesEnvironment {
                value.warning(
                    Complaint(
                        "the secret is written in the file itself", code: .literalSecret,
                        hint: "write { env: NAME } or { file: path } instead"))
            }
            return .literal(text.text)
        }
        value.error(complaint)
        return nil
    }

    private static func source(in section: Section) -> Secret? {
        let (variable, file) = (section.value("env"), section.value("file"))
        switch (variable, file) {
        case (let variable?, nil): return environment(variable)
        case (nil, let file?): return content(of: file)
        case (nil, nil):
            section.reading.error(
                Complaint("the secret has no source", code: .missingValue, hint: "write { env: NAME } or { file: path }"),
                at: section.trail)
        case (.some, .some):
            section.reading.error(Complaint("a secret has one source: env or file", code: .conflict), at: section.trail)
        }
        return nil
    }

    private static func environment(_ value: Value) -> Secret? {
        guard let name = value.read(as: variableName) else { return nil }
        guard let content = value.reading.environment[name] else {
            value.error(
                Complaint(
                    "the environment variable \(name) is not set", code: .missingSecret, hint: "set it where pantograph starts"))
            return nil
        }
        guard let complaint = complaint(about: content, what: "the environment variable \(name)") else { return .environment(name) }
        value.error(complaint)
        return nil
    }

    /// The found text is not shown: a secret may have been written here by mistake.
    private static let variableName = Form<String>("the name of an environment variable") { text throws(Complaint) in
        guard Substitution.isName(text) else {
            throw Complaint("expected the name of an environment variable: letters, digits and '_'", showsValue: false)
        }
        return text
    }

    private static func content(of value: Value) -> Secret? {
        guard let path = value.read(as: .line("the path of a file")) else { return nil }
        let resolved = FileText.resolve(path, in: value.reading.directory)
        do {
            let file = try FileText.read(resolved, bound: bound)
            if let complaint = complaint(about: trimmed(file.bytes), what: "the file \(resolved)") {
                value.error(complaint)
                return nil
            }
            if file.isWorldReadable {
                value.warning(
                    Complaint(
                        "the file \(resolved) may be read by everyone on this machine", code: .readableSecret,
                        hint: "chmod o-r \(resolved)"))
            }
            return .file(resolved)
        } catch {
            value.error(Complaint("the file \(resolved) can't be read: \(error.reason)", code: .missingSecret))
            return nil
        }
    }

    /// Editors end files with a newline: it is no part of the secret.
    private static func trimmed(_ bytes: [UInt8]) -> String {
        let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 && $0 != 0x09 }
        return end.map { String(decoding: bytes[...$0], as: UTF8.self) } ?? ""
    }

    /// What keeps a text from going into a header field.
    private static func complaint(about content: String, what: String) -> Complaint? {
        if content.isEmpty { return Complaint("\(what) is empty", code: .missingSecret) }
        guard HeaderText.isValue(content) else {
            return Complaint("\(what) holds line breaks, control characters or space at an end, which a header can't carry")
        }
        return nil
    }
}
