internal import Exchange
internal import GRDB
internal import NIOCore

extension Transaction {
    /// The calls that make good a partial failure, made once: a dead letter of it that is replayed and dies again is none anew.
    mutating func makeCompensations(_ place: Int64, at time: WallTime) throws -> [SpooledDelivery] {
        guard let failure = try partialFailure(place) else { return [] }
        try db.run("UPDATE exchanges SET compensation_made_at = ? WHERE seq = ?", [time.column, place])
        return try terms.compensations.calls(failure).flatMap { try insert($0.exchange, for: [$0.upstream]) }
    }

    /// nil where nobody makes it good, or where that has been done.
    private func partialFailure(_ place: Int64) throws -> PartialFailure? {
        let route = try db.first("SELECT route FROM exchanges WHERE seq = ? AND compensation_made_at IS NULL", [place]) { try $0.text() }
        guard let route, terms.compensations.concern(route) else { return nil }
        let exchange = try db.first(
            """
            SELECT \(Columns.exchange), \(Columns.request) FROM exchanges AS e JOIN requests AS r ON r.exchange = e.seq WHERE e.seq = ?
            """, [place]) { try $0.exchange(whole: true) }
        guard let exchange else { throw Unreadable(what: "an exchange lacks its request") }
        var failure = PartialFailure(exchange: exchange, delivered: [], dead: [], answers: [:])
        try db.all(
            """
            SELECT d.upstream, d.state, (SELECT a.answer FROM attempts AS a WHERE a.delivery = d.id ORDER BY a.run DESC, a.number DESC)
            FROM deliveries AS d WHERE d.exchange = ? AND d.state IN ('delivered', 'dead') ORDER BY d.id
            """, [place]
        ) { (try $0.text(), try $0.word(DeliveryState.self), try $0.buffer()) }
        .forEach { upstream, state, answer in
            guard state == .delivered else { return failure.dead.append(upstream) }
            failure.delivered.append(upstream)
            failure.answers[upstream] = answer
        }
        return failure
    }
}
