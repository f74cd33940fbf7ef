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
        guard name.count == range.count else { return false }
        return letters.withUnsafeBytes { letters in
            let letters = UnsafeRawBufferPointer(rebasing: letters[range])
            var place = 0
            while place + 8 <= name.count {
                let word = name.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                guard ASCII.lowercase(word) == letters.loadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
                place += 8
            }
            while place < name.count {
                guard ASCII.lowercase(name[place]) == letters[place] else { return false }
                place += 1
            }
            return true
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

enum ASCII {
    static func lowercase(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Of eight bytes at once. In each byte without its highest bit, adding 0x3F sets that bit from `A` on, and 0x25 behind `Z`.
    static func lowercase(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let capitals = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525) & ~word & 0x8080_8080_8080_8080
        return word | capitals >> 2
    }
}
