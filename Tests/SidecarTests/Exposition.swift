/// A page of metrics, read back.
struct Exposition {
    private let lines: [Substring]

    init(_ page: String) { lines = page.split(separator: "\n").filter { !$0.hasPrefix("#") } }

    /// The sum of all samples of a name that carry all of these labels.
    subscript(name: String, labels: String...) -> Double {
        lines.reduce(0) { sum, line in
            guard line.hasPrefix(name + "{") || line.hasPrefix(name + " "), labels.allSatisfy({ line.contains($0) }),
                let value = line.split(separator: " ").last.flatMap({ Double($0) })
            else { return sum }
            return sum + value
        }
    }
}
