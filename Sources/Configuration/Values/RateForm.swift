internal import Exchange

extension RateText {
    /// Within what a bucket can count: at most 999,999,999 in at most a month.
    static let form = Form<RateText>(expected) { text throws(Complaint) in
        guard let rate = RateText(text) else { throw Complaint("expected \(expected)", code: .wrongType) }
        guard rate.period <= Bound.month else {
            throw Complaint("the time of a rate must be at most \(DurationText.string(Bound.month))", code: .outOfRange)
        }
        return rate
    }
}
