internal import Exchange
internal import GRDB

extension Transaction {
    /// The ids are found in an index that holds only those whose turn it is, and only those that are handed out are loaded.
    func due(_ question: DueQuestion) throws -> Due {
        var due = Due(deliveries: [], nextAt: nil)
        var bytes = 0
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT d.id, d.next_attempt_at, e.size
                    FROM deliveries AS d INDEXED BY deliveries_due LEFT JOIN exchanges AS e ON e.seq = d.exchange
                    WHERE d.upstream = ? AND d.state = 'pending' AND d.in_line = 0 ORDER BY d.next_attempt_at, d.id
                    """), arguments: [question.upstream])
        while let row = try cursor.next() {
            var columns = Columns(row)
            let (id, time, size) = (DeliveryID(try columns.integer()), try columns.time(), Int(try columns.optionalInteger() ?? 0))
            if question.held.contains(id) || unsettled.contains(id) { continue }
            guard time <= question.now else {
                due.nextAt = time
                break
            }
            guard due.deliveries.count < question.limit, due.deliveries.isEmpty || bytes + size <= question.bytes else {
                due.nextAt = question.now
                break
            }
            do {
                due.deliveries.append(try load(id))
                bytes += size
            } catch where !Commit.concernsAll(error) {
                // One that can't be read must not keep back the others.
                due.fault = terms.faults.fault(of: error)
            }
        }
        return due
    }

    private func load(_ id: DeliveryID) throws -> SpooledDelivery {
        let delivery = try db.first(
            """
            SELECT \(Columns.delivery), \(Columns.exchange), \(Columns.request)
            FROM deliveries AS d JOIN exchanges AS e ON e.seq = d.exchange JOIN requests AS r ON r.exchange = d.exchange
            WHERE d.id = ?
            """, [id.value]) { try $0.delivery() }
        guard let delivery else { throw Unreadable(what: "delivery \(id.value) lacks its exchange") }
        return delivery
    }
}
