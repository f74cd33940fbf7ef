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

    /// Within what a bucket can count: at most 999,999,999 in at most a month.
    static let form = Form<RateText>(expected) { text throws(Complaint) in
        guard let rate = RateText(text) else { throw Complaint("expected \(expected)", code: .wrongType) }
        guard rate.period <= Bound.month else {
            throw Complaint("the time of a rate must be at most \(DurationText.string(Bound.month))", code: .outOfRange)
        }
        return rate
    }

    static func string(_ count: Int, per period: Duration) -> String { "\(count)/\(DurationText.string(period))" }
}
