/// Which of the known words was probably meant.
enum Nearest {
    /// A sentence for a word that is none of those known.
    static func hint(for word: String, among known: [String]) -> String {
        if let nearest = of(word, among: known) { return "did you mean '\(nearest)'?" }
        return known.isEmpty ? "none is known here" : "known here: \(known.joined(separator: ", "))"
    }

    /// The word with the fewest edits, where they are few for its length; case and separators do not count.
    static func of(_ word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let ranked = known.map { (word: $0, edits: edits(plain(word), plain($0))) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= max(1, min(3, best.word.utf8.count / 3)) ? best.word : nil
    }

    private static func plain(_ word: String) -> [UInt8] {
        word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// Insertions, deletions and substitutions that make one of the other (Levenshtein).
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                current.append(min(substitution, last[column + 1] + 1, current[column] + 1))
            }
            last = current
        }
        return last[right.count]
    }
}
