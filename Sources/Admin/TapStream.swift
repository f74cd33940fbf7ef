internal import Exchange
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

/// What `GET /api/tap` asks for: which exchanges, and in which form.
struct TapStream: Sendable {
    /// Server-sent events (HTML, 9.2), else a line of JSON for each exchange.
    let isEvents: Bool
    private let filter: RecentFilter
    private let live: LiveSources
    private let redaction: Redaction

    init(_ request: AdminRequest, _ live: LiveSources?, _ redaction: Redaction) throws(AdminProblem) {
        let parameters = try Parameters(of: request.head.uri, known: ["route", "upstream", "class", "min_ms"])
        guard let live else { throw AdminProblem(.notFound, "No exchange can be followed here.") }
        self.live = live
        self.redaction = redaction
        isEvents = request.head.headers[canonicalForm: "accept"].contains { $0.lowercased().hasPrefix("text/event-stream") }
        var filter = RecentFilter()
        filter.route = parameters["route"]
        filter.upstream = parameters["upstream"]
        filter.errorClass = try Reading.word("class", parameters["class"])
        if let text = parameters["min_ms"] { filter.atLeastNanoseconds = try TapStream.nanoseconds(text) }
        self.filter = filter
    }

    private static func nanoseconds(_ text: String) throws(AdminProblem) -> UInt64 {
        guard let number = Double(text), (0...1e9).contains(number) else {
            throw .parameter("min_ms", "'\(text)' is not a number of milliseconds from 0 to 1000000000")
        }
        return UInt64(number * 1e6)
    }

    static let tooMany = AdminProblem(.serviceUnavailable, "As many follow exchanges as may: end one of the other streams first.")

    var contentType: String { isEvents ? "text/event-stream" : "application/x-ndjson" }

    /// Tells that the stream is alive, and nothing else: a comment of events, an empty line of lines.
    var beat: String { isEvents ? ":\n\n" : "\n" }

    func follow(_ wake: @escaping @Sendable () -> Void) -> TapSubscription? { live.follow(filter, wake) }

    func text(of news: (exchanges: [RecentExchange], missed: Int)) -> String {
        var documents = news.exchanges.map { ExchangeDocument.json(KnownExchange($0), redaction, withHistory: true) }
        if news.missed > 0 { documents.append(.object([("missed", JSON(news.missed))])) }
        return documents.map { isEvents ? "data: \($0.text)\n\n" : "\($0.text)\n" }.joined()
    }
}

/// Told to each connection when the listener shuts down.
struct StreamsEnd: Sendable {}
