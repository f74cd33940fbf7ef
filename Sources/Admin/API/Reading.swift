internal import Exchange

/// How the values of parameters, and of the members of a body, are understood.
enum Reading {
    /// The largest page.
    static let longestPage = 500

    static func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ text: String?) throws(AdminProblem) -> Word?
    where Word.RawValue == String {
        guard let text else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        throw .parameter(name, "'\(text)' is not one of \(words.joined(separator: ", "))" + suggestion(NearestName.of(text, among: words)))
    }

    private static func suggestion(_ word: String?) -> String { word.map { "; did you mean '\($0)'?" } ?? "" }

    static func pageLength(_ text: String?) throws(AdminProblem) -> Int {
        guard let text else { return 50 }
        guard let number = Int(text), (1...longestPage).contains(number) else {
            throw .parameter("limit", "'\(text)' is not a whole number from 1 to \(longestPage)")
        }
        return number
    }

    static func exchangeID(_ name: String, _ text: String) throws(AdminProblem) -> ExchangeID {
        guard let id = ExchangeIDText.parse(text) else { throw .parameter(name, "'\(text)' is not \(ExchangeIDText.expected)") }
        return id
    }

    static func deliveryID(_ name: String, _ text: String) throws(AdminProblem) -> DeliveryID {
        guard let number = Int64(text), number > 0 else {
            throw .parameter(name, "'\(text)' is not a dead letter's id, a whole number such as 17")
        }
        return DeliveryID(number)
    }

    /// The time before which something is older than `text` says.
    static func timeBefore(_ name: String, _ text: String?, _ now: WallTime) throws(AdminProblem) -> WallTime? {
        guard let text else { return nil }
        guard let age = DurationText.parse(text) else { throw .parameter(name, "'\(text)' is not a duration such as 30s, 10m, 1h or 7d") }
        let span = UInt64(max(0, age.nanoseconds))
        return WallTime(nanosecondsSinceEpoch: now.nanosecondsSinceEpoch - min(now.nanosecondsSinceEpoch, span))
    }

    static func rate(_ name: String, _ text: String?) throws(AdminProblem) -> RateSettings? {
        guard let text else { return nil }
        guard let rate = RateText(text) else { throw .parameter(name, "'\(text)' is not a rate such as 10/1s") }
        return RateSettings(rate)
    }
}
