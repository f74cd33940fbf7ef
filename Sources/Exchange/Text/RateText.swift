/// Rates as people write them: `100/1m`, so many in so long.
package struct RateText: Hashable, Sendable {
    package static let expected = "a rate such as 100/1m"

    /// From 1 to 999,999,999.
    package let count: Int
    /// Longer than nothing.
    package let period: Duration

    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, (1...9).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(parts[0]), count > 0, let period = DurationText.parse(String(parts[1])), period > .zero
        else { return nil }
        self.count = count
        self.period = period
    }

    package static func string(_ count: Int, per period: Duration) -> String { "\(count)/\(DurationText.string(period))" }
}

extension RateSettings {
    /// A rate without a burst.
    package init(_ text: RateText) { self.init(count: text.count, per: text.period) }
}
