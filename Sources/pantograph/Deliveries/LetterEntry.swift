/// A dead letter as the API shows it.
struct LetterEntry: Decodable {
    struct Field: Decodable {
        var name: String
        var value: String
    }

    struct Page: Decodable {
        var deadLetters: [LetterEntry]
        var next: String?
    }

    var id: Int64
    var exchangeId: String
    var route: String
    var upstream: String
    var traceId: String
    var receivedAt: String
    var settledAt: String?
    var attempts: Int
    var lastClass: String?
    var lastStatus: Int?
    var replays: Int
    var method: String
    var target: String
    /// Of one that is shown alone.
    var headers: [Field]?
    var bodyBytes: Int?
    var history: [AttemptRow]?
}
