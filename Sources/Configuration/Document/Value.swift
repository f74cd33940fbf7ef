import Yams

/// One value of the document on its way to a setting: knows where it stands and says what is wrong with it.
struct Value {
    let node: Node
    let trail: Trail
    let reading: Reading
    /// Of the value itself, or of its key where the value is missing, a list or a block.
    let place: Place

    /// - Parameter keyPlace: where the value's key stands; nil for an item of a list.
    init(_ node: Node, at trail: Trail, keyPlace: Place?, in reading: Reading) {
        let ownPlace = node.mark.map { Place.file(line: $0.line, column: $0.column) }
        // A block begins at its first key, on another line than the key that it belongs to.
        let isAtKey = Value.isMissing(node) || node.scalar == nil
        self.node = node
        self.trail = trail
        self.reading = reading
        self.place = (isAtKey ? keyPlace ?? ownPlace : ownPlace) ?? .file(line: 1, column: 1)
        reading.note(trail, at: place)
    }

    /// Nothing, `~` or `null`, written plainly.
    private static func isMissing(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    var isMissing: Bool { Value.isMissing(node) }
    var isMapping: Bool { node.mapping != nil }
    var isScalar: Bool { node.scalar != nil && !isMissing }

    func error(_ complaint: Complaint) { reading.error(complaint, at: trail, place: place) }

    func warning(_ complaint: Complaint) { reading.warning(complaint, at: trail, place: place) }

    // MARK: Scalars

    /// The text, with variables put in; what is wrong with it is reported.
    func text(expecting expected: String) -> ExpandedText? {
        guard !isMissing, let scalar = node.scalar else {
            wrongType(expecting: expected)
            return nil
        }
        do {
            return try Substitution.expand(scalar.string, from: reading.environment)
        } catch {
            self.error(error)
            return nil
        }
    }

    func read<Result>(as form: Form<Result>) -> Result? {
        guard let text = text(expecting: form.expected) else { return nil }
        do {
            return try form.parse(text.text)
        } catch {
            self.error(error.found(quote(text)))
            return nil
        }
    }

    /// A value as a finding may show it: cut, and never what a variable held.
    private func quote(_ text: ExpandedText) -> String {
        if text.usesEnvironment { return "what \(text.source.prefix(60)) gives" }
        let cut = text.text.count > 60 ? text.text.prefix(57) + "…" : text.text[...]
        return text.text.isEmpty ? "an empty text" : "'\(cut)'"
    }

    func wrongType(expecting expected: String) {
        guard !isMissing else {
            return error(Complaint("has no value", code: .missingValue, hint: "write \(expected), or leave the key out"))
        }
        error(Complaint("expected \(expected), found \(kind)", code: .wrongType))
    }

    private var kind: String {
        switch node {
        case .scalar: "a text"
        case .sequence: "a list"
        case .mapping: "a block of keys"
        case .alias: "an alias"
        }
    }

    // MARK: Lists and blocks

    func items(expecting expected: String) -> [Value]? {
        guard let sequence = node.sequence else {
            wrongType(expecting: expected)
            return nil
        }
        return sequence.enumerated().map { Value($0.element, at: trail.item($0.offset), keyPlace: nil, in: reading) }
    }

    /// The items of a list that are each of one form; those that are not are reported and left out.
    func list<Result>(of form: Form<Result>, expecting expected: String) -> [Result]? {
        items(expecting: expected)?.compactMap { $0.read(as: form) }
    }

    /// The entries of a block whose keys are the user's own names, in order.
    func entries(expecting expected: String) -> [(name: String, value: Value)]? {
        guard let mapping = node.mapping else {
            wrongType(expecting: expected)
            return nil
        }
        return mapping.compactMap { key, value in
            let keyPlace = key.mark.map { Place.file(line: $0.line, column: $0.column) }
            guard let name = key.scalar?.string else {
                reading.error(Complaint("a key has to be a text", code: .wrongType), at: trail, place: keyPlace)
                return nil
            }
            return (name, Value(value, at: trail.key(name), keyPlace: keyPlace, in: reading))
        }
    }

    /// Reads a block whose keys are known; keys that `body` did not ask for are reported.
    ///
    /// - Parameter hidingKeys: whether an unknown key may be a secret that was written in the wrong place.
    @discardableResult
    func section<Result>(
        expecting expected: String = "a block of keys", hidingKeys: Bool = false, _ body: (Section) -> Result
    ) -> Result? {
        guard let mapping = node.mapping else {
            wrongType(expecting: expected)
            return nil
        }
        let section = Section(mapping, at: trail, place: place, hidesKeys: hidingKeys, in: reading)
        let result = body(section)
        section.reportUnknownKeys()
        return result
    }
}
