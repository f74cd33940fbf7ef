/// An exchange as the API shows it.
struct ExchangeEntry: Decodable {
    struct Delivery: Decodable {
        var state: String
        var attempts: Int
        var lastClass: String?
        var lastStatus: Int?
        var skipReason: String?
        var nextAttemptAt: String?
        var settledAt: String?
        var replays: Int
        var deadLetterId: Int64?
        var history: [AttemptRow]?

        /// What its last attempt came to, or why there was none.
        var last: String { skipReason ?? AttemptRow.result(lastStatus, lastClass) }
    }

    struct Page: Decodable {
        var exchanges: [ExchangeEntry]
        var next: String?
    }

    var id: String
    var route: String
    var receivedAt: String
    var finishedAt: String?
    var traceId: String
    var method: String
    var target: String
    var compensates: String?
    /// Of what is remembered in memory: what the application got, and after how long.
    var status: Int?
    var `class`: String?
    var durationMs: Double?
    var deliveries: [String: Delivery]

    /// Which deliveries are in which state, those that want attention first: `shipping dead, 1 delivered`. Where all are in one, and
    /// of many, it is said how many they are.
    var standing: String {
        let names = Dictionary(grouping: deliveries.keys.sorted()) { deliveries[$0]?.state ?? "" }
        let order = ["dead", "pending", "skipped", "compensated"]
        var words = order.compactMap { state -> String? in
            guard let names = names[state] else { return nil }
            let isPlain = names.count == deliveries.count || names.count > 2
            return (isPlain ? String(names.count) : names.joined(separator: " ")) + " " + state
        }
        if let delivered = names["delivered"] { words.append("\(delivered.count) delivered") }
        return words.joined(separator: ", ")
    }

    /// What the application got and after how long; nil where that is not known.
    var answered: String? {
        guard let durationMs else { return nil }
        let words = status == nil && `class` == nil ? "nothing" : AttemptRow.result(status, `class`)
        return "\(words), after \(Ago.latency(durationMs / 1000))"
    }
}

/// One attempt as the API shows it.
struct AttemptRow: Decodable {
    var number: Int
    var startedAt: String
    var durationMs: Double
    var `class`: String?
    var status: Int?
    var detail: String
    /// How the answer began, of a dead letter's attempt alone.
    var answer: String?
    var answerBase64: String?

    static func result(_ status: Int?, _ errorClass: String?) -> String {
        let words = [status.map(String.init), errorClass].compactMap(\.self)
        return words.isEmpty ? "-" : words.joined(separator: " ")
    }
}
