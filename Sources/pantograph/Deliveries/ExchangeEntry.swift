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
    var deliveries: [String: Delivery]

    /// How many deliveries are in which state, those that want attention first: `1 dead 1 delivered`.
    var standing: String {
        let states = Dictionary(grouping: deliveries.values, by: \.state).mapValues(\.count)
        let order = ["dead", "pending", "skipped", "compensated", "delivered"]
        return states.sorted { (order.firstIndex(of: $0.key) ?? 9, $0.key) < (order.firstIndex(of: $1.key) ?? 9, $1.key) }
            .map { "\($0.value) \($0.key)" }.joined(separator: " ")
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
