internal import Exchange
internal import GRDB

extension Transaction {
    private struct Letter {
        var id: Int64
        var exchange: Int64
        var upstream: String
        var orderKey: String?
        var isSampled: Bool
    }

    private func letters(_ filter: DeadLetterFilter, after: DeliveryID) throws -> [Letter] {
        let condition = DeadLetterCondition(filter, after: after.value)
        return try db.all(
            """
            SELECT d.id, d.exchange, d.upstream, d.order_key, e.trace_flags
            FROM \(condition.from) JOIN exchanges AS e ON e.seq = d.exchange
            WHERE \(condition.sql) ORDER BY d.id LIMIT \(terms.batch)
            """, condition.arguments
        ) { columns in
            Letter(
                id: try columns.integer(), exchange: try columns.integer(), upstream: try columns.text(),
                orderKey: try columns.optionalText(),
                isSampled: TraceContext.Flags(rawValue: UInt8(clamping: try columns.integer())).contains(.sampled))
        }
    }

    private func batch(_ letters: [Letter]) -> LetterBatch {
        LetterBatch(count: letters.count, last: letters.count < terms.batch ? nil : letters.last.map { DeliveryID($0.id) })
    }

    // MARK: Replay

    mutating func replay(_ batch: ReplayBatch) throws -> LetterBatch {
        let letters = try letters(batch.filter, after: batch.after)
        for (place, letter) in letters.enumerated() {
            let time = batch.now.advanced(byNanoseconds: batch.rate?.delay(of: batch.replayed + place) ?? 0)
            try replay(letter, at: batch.now, nextAttemptAt: time)
        }
        return self.batch(letters)
    }

    private mutating func replay(_ letter: Letter, at now: WallTime, nextAttemptAt: WallTime) throws {
        // New ids are random ones, as the flag of Level 2 says.
        let flags: TraceContext.Flags = letter.isSampled ? [.sampled, .random] : [.random]
        try db.run(
            """
            UPDATE deliveries SET state = 'pending', attempts = 0, first_attempt_at = NULL, next_attempt_at = ?, started_at = ?,
                first_span_id = ifnull(first_span_id, span_id), trace_id = ?, span_id = ?, trace_flags = ?,
                settled_at = NULL, replays = replays + 1
            WHERE id = ?
            """,
            [
                nextAttemptAt.column, now.column, TraceID(using: &random).description, SpanID(using: &random).description,
                Int64(flags.rawValue), letter.id,
            ])
        try db.run("UPDATE exchanges SET finished_at = NULL WHERE seq = ?", [letter.exchange])
        if let key = letter.orderKey { try takePlace(letter.id, letter.upstream, key) }
        changes.pending[letter.upstream, default: 0] += 1
        changes.dead[letter.upstream, default: 0] -= 1
        changes.oldest.insert(letter.upstream)
        changes.replayed.insert(letter.upstream)
    }

    /// Its place in the line is that of its acceptance: whoever is behind it waits for it, and it for whoever is before.
    private func takePlace(_ id: Int64, _ upstream: String, _ key: String) throws {
        let first = try db.all(
            """
            SELECT id FROM deliveries WHERE upstream = ? AND order_key = ? AND state = 'pending' ORDER BY id LIMIT 2
            """, [upstream, key]) { try $0.integer() }
        let waits = first.first == id ? first.last : id
        if let waits { try db.run("UPDATE deliveries SET in_line = 1 WHERE id = ?", [waits]) }
        if first.first == id { try db.run("UPDATE deliveries SET in_line = 0 WHERE id = ?", [id]) }
    }

    // MARK: Discarding

    mutating func discard(_ batch: DiscardBatch) throws -> LetterBatch {
        let letters = try letters(batch.filter, after: batch.after)
        for letter in letters {
            try db.run("UPDATE deliveries SET discarded_at = ? WHERE id = ?", [batch.now.column, letter.id])
            changes.dead[letter.upstream, default: 0] -= 1
            let tally = try tally(letter.exchange)
            if tally.pending == 0, tally.kept == 0 { try markFinished(letter.exchange, at: batch.now) }
        }
        return self.batch(letters)
    }
}

extension RateSettings {
    /// Nanoseconds that the call at this place, from 0, waits for its turn: `burst` of them at once, then evenly.
    func delay(of place: Int) -> UInt64 {
        let behind = max(0, place - max(1, burst) + 1)
        return UInt64(clamping: Int64(min(Double(behind) * Double(per.nanoseconds) / Double(max(1, count)), 1e18)))
    }
}
