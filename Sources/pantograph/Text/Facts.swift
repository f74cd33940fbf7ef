internal import Configuration

/// Names and what they are, one to a line, aligned.
struct Facts {
    private let facts: [(name: String, value: String)]

    init(_ facts: [(name: String, value: String?)]) {
        self.facts = facts.compactMap { fact in fact.value.map { (fact.name, Printable.text($0)) } }
    }

    var text: String {
        let width = facts.reduce(0) { max($0, $1.name.count) } + 2
        return facts.map { $0.name + String(repeating: " ", count: width - $0.name.count) + $0.value + "\n" }.joined()
    }
}
