internal import Exchange

/// What becomes of the fields that have a rule, found by name whatever its case. Most fields have none and are told so by one
/// look: the place for a name is made of its length, its first and its last letter.
struct FieldTable: Sendable {
    private struct Entry: Sendable {
        let name: Range<Int>
        let rule: FieldRule
        /// The next entry of the same place, one-based; 0 for none.
        let next: Int
    }

    /// One-based places in `entries`; 0 for a place without any.
    private var heads = [Int](repeating: 0, count: 256)
    private var entries: [Entry] = []
    /// All names in lower case.
    private var letters: [UInt8] = []

    /// Later rules for a name take the place of earlier ones.
    init(_ rules: [(name: String, rule: FieldRule)]) {
        for (name, rule) in rules where !name.isEmpty {
            let start = letters.count
            letters.append(contentsOf: name.utf8.map(ASCII.lowercase))
            let place = letters[start...].withUnsafeBytes(FieldTable.place)
            entries.append(Entry(name: start..<letters.count, rule: rule, next: heads[place]))
            heads[place] = entries.count
        }
    }

    func rule(for name: UnsafeRawBufferPointer) -> FieldRule? {
        guard !name.isEmpty else { return nil }
        var entry = heads[FieldTable.place(name)]
        while entry > 0 {
            let candidate = entries[entry - 1]
            if isSame(name, candidate.name) { return candidate.rule }
            entry = candidate.next
        }
        return nil
    }

    private func isSame(_ name: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        name.count == range.count
            && letters.withUnsafeBytes { letters in
                letters.baseAddress.map { ASCII.equal(name, lowercase: $0 + range.lowerBound) } ?? false
            }
    }

    private static func place(_ name: UnsafeRawBufferPointer) -> Int {
        let (first, last) = (ASCII.lowercase(name[0]), ASCII.lowercase(name[name.count - 1]))
        return (name.count &* 31 &+ Int(first) &* 7 &+ Int(last)) & 0xFF
    }
}

/// What becomes of a field on its way to an upstream or back.
enum FieldRule: Sendable, Equatable {
    /// It is of this connection alone, or framing, or removed by the configuration.
    case drop
    /// Dropped, and what it names with it.
    case connection
    case host
    /// `Authorization`, `Proxy-Authorization`, `Cookie`.
    case credential
    /// `traceparent`, `tracestate`: replaced where a trace is propagated.
    case trace
    case baggage
    /// Replaced where a key is made here.
    case idempotencyKey
    case maxForwards
}
