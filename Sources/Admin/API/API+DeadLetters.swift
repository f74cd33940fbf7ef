internal import Exchange
internal import NIOHTTP1
internal import Spool

extension API {
    func deadLetters(_ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        let parameters = try Parameters(
            of: request.head.uri, known: ["upstream", "route", "class", "older_than", "after", "limit"])
        let length = try Reading.pageLength(parameters["limit"])
        var filter = DeadLetterFilter()
        filter.upstream = parameters["upstream"]
        filter.route = parameters["route"]
        filter.errorClass = try Reading.word("class", parameters["class"])
        filter.settledBefore = try Reading.timeBefore("older_than", parameters["older_than"], sources.now())
        if let after = parameters["after"] { filter.after = try Reading.deliveryID("after", after) }
        filter.limit = length + 1
        let found = try await deliveries.deadLetters(filter)
        let page = found.prefix(length)
        let mark = found.count > length ? page.last.map { ("after", String($0.delivery.id.value)) } : nil
        return .json(
            .object([
                ("dead_letters", .array(page.map { DeadLetterDocument.json($0, sources.redaction) })),
                ("next", API.next("/api/dead-letters", parameters, mark)),
            ]))
    }

    func deadLetter(_ text: String, _ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        _ = try Parameters(of: request.head.uri, known: [])
        let id = try Reading.deliveryID("id", text)
        guard let letter = try await deliveries.deadLetter(id) else { throw API.noLetter(id) }
        return .json(DeadLetterDocument.whole(letter, sources.redaction))
    }

    func delete(_ text: String, _ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        _ = try Parameters(of: request.head.uri, known: [])
        var filter = DeadLetterFilter()
        let id = try Reading.deliveryID("id", text)
        filter.ids = [id]
        guard try await deliveries.discard(filter) > 0 else { throw API.noLetter(id) }
        return .noContent
    }

    private static func noLetter(_ id: DeliveryID) -> AdminProblem {
        AdminProblem(.notFound, "There is no dead letter \(id.value): it never was one, or was replayed or discarded.")
    }

    func replay(_ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        _ = try Parameters(of: request.head.uri, known: [])
        let now = sources.now()
        let selection = try Selection(request.body, takesRate: true, now: now)
        return .json(.object([("replayed", JSON(try await deliveries.replay(selection.filter, selection.rate, now)))]))
    }

    func discard(_ request: AdminRequest) async throws -> AdminAnswer {
        let deliveries = try deliveries
        _ = try Parameters(of: request.head.uri, known: [])
        let selection = try Selection(request.body, takesRate: false, now: sources.now())
        return .json(.object([("discarded", JSON(try await deliveries.discard(selection.filter)))]))
    }
}
