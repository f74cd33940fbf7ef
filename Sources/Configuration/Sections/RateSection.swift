internal import Exchange

extension RateSettings {
    /// Reads `rate` and `burst` of a `limit` block; nil where there is no rate.
    static func read(_ section: Section) -> RateSettings? {
        let rate = section.value("rate")
        let burst = section.value("burst")
        let count = burst?.read(as: .number(1...1_000_000))
        guard let rate else {
            burst?.error(
                Complaint(
                    "a burst is how far a rate may be run ahead of, and there is no rate", code: .conflict,
                    hint: "write for example  rate: 100/1m  beside it, or in_flight for calls at once"))
            return nil
        }
        return rate.read(as: RateText.form).map { RateSettings(count: $0.count, per: $0.period, burst: count) }
    }
}
