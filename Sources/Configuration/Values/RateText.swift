/// Rates as the configuration writes them: `100/1m`, so many in so long.
struct RateText: Hashable {
    static let expected = "a rate such as 100/1m"

    let count: Int
    let period: Duration

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= 9, let count = Int(parts[0]), count > 0, parts[0].first?.isNumber == true,
            let period = DurationText.parse(String(parts[1])), period > .zero
        else { return nil }
        self.count = count
        self.period = period
    }
}
