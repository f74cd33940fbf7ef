/// Sizes in bytes as the configuration writes them: `64KiB`, `1MiB`, `2GiB` by 1,024, `64KB`, `1MB` by 1,000, or bytes
/// alone.
enum SizeText {
    static let expected = "a size such as 64KiB or 1MiB"

    private static let units: [(name: String, bytes: Int)] = [
        ("", 1), ("B", 1), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...18).contains(digits.utf8.count), let number = Int(digits) else { return nil }
        let name = text.dropFirst(digits.count).drop { $0 == " " }
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// In the largest unit by 1,024 that divides it: what `parse` reads back to the same number.
    static func string(_ bytes: Int) -> String {
        let unit = units.last { $0.name.hasSuffix("iB") && bytes > 0 && bytes.isMultiple(of: $0.bytes) }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }
}
