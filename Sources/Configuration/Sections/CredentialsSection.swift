internal import Exchange

extension UpstreamSettings {
    private static let credentialsExpected = "credentials such as { bearer: { env: NAME } }"

    /// - Returns: whether it says `credentials: none`.
    mutating func readCredentials(_ section: Section) -> Bool {
        guard let value = section.value("credentials") else { return false }
        if value.isScalar { return readNone(value) }
        credentials =
            value.section(expecting: UpstreamSettings.credentialsExpected, hidingKeys: true) { Credentials.read($0) } ?? nil
        return false
    }

    /// The text is not shown where it is something else: it may be a secret.
    private func readNone(_ value: Value) -> Bool {
        guard value.text(expecting: UpstreamSettings.credentialsExpected)?.text == "none" else {
            value.error(
                Complaint(
                    "expected \(UpstreamSettings.credentialsExpected), or none", code: .wrongType,
                    hint: "or basic: { user, password }, header: { name, value }"))
            return false
        }
        return true
    }
}

extension Credentials {
    /// The name of the field that carries them.
    var fieldName: String {
        switch self {
        case .bearer, .basic: "Authorization"
        case .header(let name, _): name
        }
    }

    static func read(_ section: Section) -> Credentials? {
        let kinds = [
            section.value("bearer").map { value in { SecretText.read(value).map(Credentials.bearer) } },
            section.value("basic").map { value in { basic(value) } },
            section.value("header").map { value in { header(value) } },
        ].compactMap { $0 }
        guard kinds.count == 1 else {
            section.reading.error(
                kinds.isEmpty
                    ? Complaint("the credentials have no kind", code: .missingValue, hint: "write bearer, basic or header")
                    : Complaint("an upstream has one kind of credentials: bearer, basic or header", code: .conflict),
                at: section.trail)
            return nil
        }
        return kinds[0]()
    }

    private static func basic(_ value: Value) -> Credentials? {
        value.section(expecting: "a block such as { user: NAME, password: { env: NAME } }", hidingKeys: true) { section in
            let user = section.required("user", example: "user: checkout")?.read(as: userName)
            let password = section.required("password", example: "password: { env: NAME }").flatMap(SecretText.read)
            guard let user, let password else { return nil }
            return .basic(user: user, password: password)
        } ?? nil
    }

    /// RFC 7617, 2: no colon and no control characters.
    private static let userName = Form<String>("a user's name") { text throws(Complaint) in
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: ":") }) else {
            throw Complaint("a user's name has no colon and no control characters (RFC 7617)", showsValue: false)
        }
        return text
    }

    private static func header(_ value: Value) -> Credentials? {
        value.section(expecting: "a block such as { name: X-Api-Key, value: { env: NAME } }", hidingKeys: true) { section in
            let name = section.required("name", example: "name: X-Api-Key")
            let secret = section.required("value", example: "value: { env: NAME }").flatMap(SecretText.read)
            guard let name, let text = name.read(as: HeaderText.name), let secret else { return nil }
            if let objection = HeaderText.objection(toSetting: text) {
                name.error(objection)
                return nil
            }
            return .header(name: text, value: secret)
        } ?? nil
    }
}
