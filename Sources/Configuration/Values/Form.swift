internal import Exchange

/// How one kind of scalar is written: read by `parse`, described by `expected` where something else stands.
struct Form<Result: Sendable>: Sendable {
    /// With its article and an example: "a duration such as 250ms, 2s or 5m".
    let expected: String
    let parse: @Sendable (String) throws(Complaint) -> Result

    init(_ expected: String, _ parse: @escaping @Sendable (String) throws(Complaint) -> Result) {
        self.expected = expected
        self.parse = parse
    }

    /// A form whose parser only says whether it understood.
    init(_ expected: String, understands parse: @escaping @Sendable (String) -> Result?) {
        self.init(expected) { text throws(Complaint) in
            guard let result = parse(text) else { throw Complaint("expected \(expected)", code: .wrongType) }
            return result
        }
    }
}

extension Form where Result: Comparable {
    /// The same form within bounds.
    func within(_ range: ClosedRange<Result>, _ show: @escaping @Sendable (Result) -> String) -> Form {
        Form(expected) { text throws(Complaint) in
            let result = try parse(text)
            guard range.contains(result) else {
                throw Complaint("must be from \(show(range.lowerBound)) to \(show(range.upperBound))", code: .outOfRange)
            }
            return result
        }
    }
}

extension Form where Result == Bool {
    static var flag: Form { flag(expected: "true or false") }

    /// Where something other than a flag may stand too.
    static func flag(expected: String) -> Form {
        Form(expected) { text in text == "true" ? true : text == "false" ? false : nil }
    }
}

extension Form where Result == Int {
    static func number(_ range: ClosedRange<Int>) -> Form {
        Form("a whole number") { text in text.utf8.count <= 18 ? Int(text) : nil }.within(range) { String($0) }
    }

    static func size(_ range: ClosedRange<Int>) -> Form {
        Form(SizeText.expected, understands: SizeText.parse).within(range, SizeText.string)
    }
}

extension Form where Result == Double {
    /// A part of all, 0…1.
    static var ratio: Form {
        Form("a number from 0 to 1, such as 0.1") { text in
            guard let first = text.utf8.first, (0x30...0x39).contains(first) || first == 0x2E else { return nil }
            return text.utf8.count <= 32 ? Double(text) : nil
        }.within(0...1) { $0 == 0 ? "0" : "1" }
    }

    /// A part of all that is not nothing.
    static var positiveRatio: Form {
        Form("a number above 0 and up to 1, such as 0.5") { text throws(Complaint) in
            let result = try ratio.parse(text)
            guard result > 0 else { throw Complaint("must be above 0 and at most 1", code: .outOfRange) }
            return result
        }
    }
}

extension Form where Result == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Form {
        Form(DurationText.expected, understands: DurationText.parse).within(range, DurationText.string)
    }
}

extension Form where Result == String {
    /// A text of at least one character and no control characters.
    static func line(_ expected: String) -> Form {
        Form(expected) { text in
            text.isEmpty || text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? nil : text
        }
    }
}

extension Form where Result: RawRepresentable & CaseIterable, Result.RawValue == String {
    /// One of a few words, the raw values of an enumeration.
    static func word(_ type: Result.Type) -> Form {
        let words = Result.allCases.map(\.rawValue)
        let expected = "one of \(words.joined(separator: ", "))"
        return Form(expected) { text throws(Complaint) in
            if let word = Result(rawValue: text) { return word }
            throw Complaint("expected \(expected)", hint: NearestName.of(text, among: words).map { "did you mean '\($0)'?" })
        }
    }
}

extension Complaint {
    /// The complaint with what was found instead.
    func found(_ what: String) -> Complaint {
        var complaint = self
        if showsValue { complaint.message += ", found \(what)" }
        return complaint
    }
}
