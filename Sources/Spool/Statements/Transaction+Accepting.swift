internal import Exchange
internal import GRDB

extension Transaction {
    mutating func accept(_ exchange: SpooledExchange, for upstreams: [String]) throws -> Acceptance {
        if let key = exchange.idempotencyKey, let earlier = try earlier(exchange, under: key) { return earlier }
        guard try makeRoom(for: exchange, deliveries: upstreams.count) else { return .full }
        return .kept(try insert(exchange, for: upstreams))
    }

    private func earlier(_ exchange: SpooledExchange, under key: String) throws -> Acceptance? {
        try db.first(
            """
            SELECT e.id, e.method, e.target, r.body FROM exchanges AS e JOIN requests AS r ON r.exchange = e.seq
            WHERE e.route = ? AND e.idempotency_key = ?
            """, [exchange.route, key]
        ) { columns in
            let id = try columns.exchangeID()
            let isSame = try columns.text() == exchange.method && columns.text() == exchange.target
                // No body and one without bytes say the same.
                && (columns.buffer()?.readableBytesView ?? .init()) == (exchange.body?.readableBytesView ?? .init())
            return isSame ? .repeated(id) : .conflicting(id)
        }
    }

    /// Also of a compensating call.
    mutating func insert(_ exchange: SpooledExchange, for upstreams: [String]) throws -> [SpooledDelivery] {
        let trace = exchange.trace
        try db.run(
            """
            INSERT INTO exchanges (id, route, received_at, method, target, minor_version, trace_id, span_id, trace_flags, trace_state,
                baggage, idempotency_key, order_key, compensates, finished_at, size)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                exchange.id.description, exchange.route, exchange.receivedAt.column, exchange.method, exchange.target,
                exchange.minorVersion, trace.traceID.description, trace.spanID.description, Int64(trace.flags.rawValue), trace.traceState,
                exchange.baggage, exchange.idempotencyKey, exchange.orderKey, exchange.compensates?.description,
                upstreams.isEmpty ? exchange.receivedAt.column : nil, exchange.size,
            ])
        changes.kept += 1
        let place = db.lastInsertedRowID
        try insertRequest(of: exchange, place)
        return try upstreams.map { try insertDelivery(of: exchange, place, to: $0) }
    }

    private func insertRequest(of exchange: SpooledExchange, _ place: Int64) throws {
        let headers = HeaderLines.data(exchange.headers)
        let checksum = Checksum.of(exchange.method, exchange.target, headers, exchange.body)
        let statement = try db.cachedStatement(
            // A blob without bytes is bound as NULL.
            sql: """
                INSERT INTO requests (exchange, headers, body, checksum)
                VALUES (?, ifnull(?, zeroblob(0)), iif(?, ifnull(?, zeroblob(0)), NULL), ?)
                """)
        try statement.execute(arguments: [place, headers, exchange.body != nil, exchange.body?.data, checksum])
        // A statement that is kept for its next use would keep the body as well.
        statement.setUncheckedArguments([])
    }

    private mutating func insertDelivery(of exchange: SpooledExchange, _ place: Int64, to upstream: String) throws -> SpooledDelivery {
        let span = exchange.trace.child(using: &random)
        try db.run(
            """
            INSERT INTO deliveries (exchange, route, upstream, order_key, in_line, next_attempt_at, started_at, trace_id, span_id,
                trace_flags)
            VALUES (?1, ?2, ?3, ?4, ?4 IS NOT NULL AND EXISTS (
                SELECT 1 FROM deliveries WHERE upstream = ?3 AND order_key = ?4 AND state = 'pending'), ?5, ?5, ?6, ?7, ?8)
            """,
            [
                place, exchange.route, upstream, exchange.orderKey, exchange.receivedAt.column, span.traceID.description,
                span.spanID.description, Int64(span.flags.rawValue),
            ])
        changes.pending[upstream, default: 0] += 1
        changes.oldest.insert(upstream)
        return SpooledDelivery(
            id: DeliveryID(db.lastInsertedRowID), exchange: exchange, upstream: upstream, attempts: 0, firstAttemptAt: nil,
            nextAttemptAt: exchange.receivedAt, startedAt: exchange.receivedAt, span: span, firstSpan: nil)
    }
}
