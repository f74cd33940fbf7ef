internal import Exchange
internal import GRDB

/// What people ask of the spool, on connections of its own. Lists hold neither header fields nor bodies, which may be large.
struct Reading {
    let db: Database

    /// Rows of a list at most, and at least.
    private static let limits = 1...500

    func exchange(_ id: ExchangeID) throws -> ExchangeView? {
        let found = try db.first(
            """
            SELECT e.seq, e.finished_at, \(Columns.exchange), \(Columns.request)
            FROM exchanges AS e JOIN requests AS r ON r.exchange = e.seq WHERE e.id = ?
            """, [id.description]) { (try $0.integer(), try $0.optionalTime(), try $0.exchange(whole: true)) }
        guard let (place, finishedAt, exchange) = found else { return nil }
        var view = ExchangeView(exchange: exchange, finishedAt: finishedAt, deliveries: try deliveries(of: place))
        for index in view.deliveries.indices { view.deliveries[index].entries = try entries(of: view.deliveries[index].id) }
        return view
    }

    func exchanges(_ filter: ExchangeFilter) throws -> [ExchangeView] {
        let condition = ExchangeCondition(filter)
        return try db.all(
            """
            SELECT e.seq, e.finished_at, \(Columns.exchange) FROM exchanges AS e
            WHERE \(condition.sql) ORDER BY e.id DESC LIMIT \(Reading.clamp(filter.limit))
            """, condition.arguments) { (try $0.integer(), try $0.optionalTime(), try $0.exchange(whole: false)) }
            .map { ExchangeView(exchange: $2, finishedAt: $1, deliveries: try deliveries(of: $0)) }
    }

    func deadLetters(_ filter: DeadLetterFilter) throws -> [DeadLetter] {
        let condition = DeadLetterCondition(filter, after: filter.after?.value)
        return try db.all(
            """
            SELECT \(Columns.deliveryView), \(Columns.exchange)
            FROM \(condition.from) JOIN exchanges AS e ON e.seq = d.exchange
            WHERE \(condition.sql) ORDER BY d.id LIMIT \(Reading.clamp(filter.limit))
            """, condition.arguments) { DeadLetter(delivery: try $0.deliveryView(), exchange: try $0.exchange(whole: false)) }
    }

    /// With its whole request and every attempt.
    func deadLetter(_ id: DeliveryID) throws -> DeadLetter? {
        var letter = try db.first(
            """
            SELECT \(Columns.deliveryView), \(Columns.exchange), \(Columns.request)
            FROM deliveries AS d JOIN exchanges AS e ON e.seq = d.exchange JOIN requests AS r ON r.exchange = d.exchange
            WHERE d.id = ? AND d.state = 'dead' AND d.discarded_at IS NULL
            """, [id.value]) { DeadLetter(delivery: try $0.deliveryView(), exchange: try $0.exchange(whole: true)) }
        letter?.delivery.entries = try entries(of: id)
        return letter
    }

    private func deliveries(of place: Int64) throws -> [DeliveryView] {
        try db.all("SELECT \(Columns.deliveryView) FROM deliveries AS d WHERE d.exchange = ? ORDER BY d.id", [place]) {
            try $0.deliveryView()
        }
    }

    private func entries(of delivery: DeliveryID) throws -> [AttemptEntry] {
        try db.all(
            """
            SELECT number, started_at, ended_at, class, status, detail, answer FROM attempts WHERE delivery = ? ORDER BY run, number
            """, [delivery.value]) { try $0.entry() }
    }

    private static func clamp(_ limit: Int) -> Int { min(max(limit, limits.lowerBound), limits.upperBound) }
}

/// The exchanges that a filter means, as SQL on the table named `e`.
private struct ExchangeCondition {
    private(set) var arguments: StatementArguments = []
    private var terms: [String] = []

    init(_ filter: ExchangeFilter) {
        if let route = filter.route { add("e.route = ?", route) }
        // Ids sort by the time of arrival, so that a page follows also where the last of the one before it is gone.
        if let before = filter.before { add("e.id < ?", before.description) }
        var delivery: [String] = []
        for (column, value) in [
            ("upstream", filter.upstream), ("state", filter.state?.rawValue), ("last_class", filter.errorClass?.rawValue),
        ] {
            guard let value else { continue }
            delivery.append(" AND d.\(column) = ?")
            arguments += [value]
        }
        guard !delivery.isEmpty else { return }
        terms.append("EXISTS (SELECT 1 FROM deliveries AS d WHERE d.exchange = e.seq\(delivery.joined()))")
    }

    private mutating func add(_ term: String, _ argument: String) {
        terms.append(term)
        arguments += [argument]
    }

    var sql: String { terms.isEmpty ? "true" : terms.joined(separator: " AND ") }
}

extension Columns {
    /// Of a delivery as it is shown, from the table named `d`.
    static let deliveryView = """
        d.id, d.upstream, d.state, d.attempts, d.last_class, d.last_status, d.skip_reason, d.next_attempt_at, d.settled_at, d.replays
        """

    mutating func deliveryView() throws -> DeliveryView {
        let (id, upstream) = (DeliveryID(try integer()), try text())
        guard let state = try word(DeliveryState.self) else { throw Unreadable(what: "a delivery is in no state") }
        let (attempts, errorClass, status) = (try int(), try word(ErrorClass.self), try optionalInteger())
        let (reason, nextAttemptAt, settledAt) = (try word(SkipReason.self), try optionalTime(), try optionalTime())
        return DeliveryView(
            id: id, upstream: upstream, state: state, attempts: attempts, lastClass: errorClass, lastStatus: status.map { Int($0) },
            skipReason: reason, nextAttemptAt: state == .pending ? nextAttemptAt : nil, settledAt: settledAt, replays: try int(),
            entries: [])
    }

    fileprivate mutating func entry() throws -> AttemptEntry {
        let (number, startedAt, endedAt, errorClass) = (try int(), try time(), try time(), try word(ErrorClass.self))
        let status = try optionalInteger()
        return AttemptEntry(
            number: number, startedAt: startedAt, endedAt: endedAt, errorClass: errorClass, status: status.map { Int($0) },
            detail: try text(), answer: try buffer())
    }
}
