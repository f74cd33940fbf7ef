/// The way from the document's root to one value, as findings name it: `routes[0].match.path`.
struct Trail: Hashable, CustomStringConvertible {
    private(set) var steps: [String]

    static let root = Trail(steps: [])

    init(_ steps: String...) { self.steps = steps }

    private init(steps: [String]) { self.steps = steps }

    func key(_ name: String) -> Trail { Trail(steps: steps + [name]) }

    func item(_ index: Int) -> Trail { Trail(steps: steps + ["[\(index)]"]) }

    /// nil at the root.
    var parent: Trail? { steps.isEmpty ? nil : Trail(steps: steps.dropLast()) }

    func isWithin(_ other: Trail) -> Bool { steps.starts(with: other.steps) }

    var description: String {
        steps.reduce(into: "") { text, step in
            if !text.isEmpty, !step.hasPrefix("[") { text += "." }
            text += step
        }
    }
}

/// Where a value was written.
enum Place: Hashable {
    case file(line: Int, column: Int)
    case flag(String)
}

/// What is wrong with a value, before it is known where the value stands.
struct Complaint: Error {
    var code = Finding.Code.invalidValue
    /// Without naming the value's own key: the finding puts it in front.
    var message: String
    var hint: String?
    /// Whether the value found may be shown beside the message.
    var showsValue: Bool

    init(_ message: String, code: Finding.Code = .invalidValue, hint: String? = nil, showsValue: Bool = true) {
        self.code = code
        self.message = message
        self.hint = hint
        self.showsValue = showsValue
    }
}
