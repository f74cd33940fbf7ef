package import Exchange

/// Lengths of time and rates as the configuration writes them.
package enum SpanText {
    static let expectedDuration = "a duration such as 30s, 10m, 1h or 7d"
    package static let expectedRate = "a rate such as 10/1s"

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Whole numbers with a unit, larger units first where there are several: `1h30m`.
    static func duration(_ text: String) -> Duration? {
        var rest = text.utf8[...]
        var total: Int64 = 0
        var smallest = -1
        repeat {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            let letters = rest.dropFirst(digits.count).prefix { (0x61...0x7A).contains($0) }
            // At most nine digits, so that the sum of all units stays within 64 bits.
            guard (1...9).contains(digits.count), let number = Int64(String(decoding: digits, as: UTF8.self)),
                let unit = units.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }), unit > smallest
            else { return nil }
            total += number * units[unit].milliseconds
            smallest = unit
            rest = rest.dropFirst(digits.count + letters.count)
        } while !rest.isEmpty
        return .milliseconds(total)
    }

    /// So many in so long, `100/1m`, neither of them nothing.
    package static func rate(_ text: String) -> RateSettings? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, (1...9).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(parts[0]), count > 0, let period = duration(String(parts[1])), period > .zero
        else { return nil }
        return RateSettings(count: count, per: period)
    }
}
