internal import Exchange
internal import NIOHTTP1
internal import Spool

extension API {
    /// - Throws: a problem where nothing is remembered at all.
    private var search: ExchangeSearch {
        get throws(AdminProblem) {
            if let live = sources.live { return ExchangeSearch(live: live, deliveries: sources.deliveries) }
            return ExchangeSearch(live: nil, deliveries: try deliveries)
        }
    }

    func exchanges(_ request: AdminRequest) async throws -> AdminAnswer {
        let search = try search
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
        let found = try await search.list(filter)
        let page = found.prefix(length)
        let mark = found.count > length ? page.last.map { ("before", $0.id.description) } : nil
        return .json(
            .object([
                ("exchanges", .array(page.map { ExchangeDocument.json($0, sources.redaction, withHistory: false) })),
                ("next", API.next("/api/exchanges", parameters, mark)),
            ]))
    }

    func exchange(_ text: String, _ request: AdminRequest) async throws -> AdminAnswer {
        let search = try search
        _ = try Parameters(of: request.head.uri, known: [])
        let id = try Reading.exchangeID("id", text)
        guard let known = try await search.one(id) else {
            throw AdminProblem(
                .notFound,
                """
                There is no exchange \(id) in the spool or among the recent ones: it did not come in here, has not ended yet, or is \
                remembered no longer.
                """)
        }
        return .json(ExchangeDocument.json(known, sources.redaction, withHistory: true))
    }
}
