internal import Exchange
internal import NIOHTTP1
internal import Spool

extension API {
    func exchanges(_ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        let parameters = try Parameters(of: request.head.uri, known: ["route", "upstream", "state", "class", "before", "limit"])
        let length = try Reading.pageLength(parameters["limit"])
        var filter = ExchangeFilter()
        filter.route = parameters["route"]
        filter.upstream = parameters["upstream"]
        filter.state = try Reading.word("state", parameters["state"])
        filter.errorClass = try Reading.word("class", parameters["class"])
        if let before = parameters["before"] { filter.before = try Reading.exchangeID("before", before) }
        // One more than the page holds tells whether another follows.
        filter.limit = length + 1
        let found = try await deliveries.exchanges(filter)
        let page = found.prefix(length)
        let mark = found.count > length ? page.last.map { ("before", $0.exchange.id.description) } : nil
        return .json(
            .object([
                ("exchanges", .array(page.map { ExchangeDocument.json($0, withHistory: false) })),
                ("next", API.next("/api/exchanges", parameters, mark)),
            ]))
    }

    func exchange(_ text: String, _ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        _ = try Parameters(of: request.head.uri, known: [])
        let id = try Reading.exchangeID("id", text)
        guard let view = try await deliveries.exchange(id) else {
            throw AdminProblem(
                .notFound, "There is no exchange \(id) in the spool: it was not accepted here, or was finished and is kept no longer.")
        }
        return .json(ExchangeDocument.json(view, withHistory: true))
    }
}
