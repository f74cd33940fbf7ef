/// Which of the known names was probably meant.
package enum NearestName {
    /// The name with the fewest edits, where they are few for its length; case and separators do not count.
    package static func of(_ word: String, among names: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let ranked = names.map { (name: $0, distance: distance(plain(word), plain($0))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(3, best.name.count / 3)) ? best.name : nil
    }

    /// The sentence for a word that is none of the names.
    package static func hint(for word: String, among names: [String]) -> String? {
        if let nearest = of(word, among: names) { return "did you mean '\(nearest)'?" }
        return names.isEmpty ? nil : "known here: \(names.joined(separator: ", "))"
    }

    private static func plain(_ word: String) -> [UInt8] {
        word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(substitution, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, last) = (last, current)
        }
        return last[right.count]
    }
}
