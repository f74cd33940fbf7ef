internal import Exchange
internal import GRDB
internal import NIOCore

extension Transaction {
    /// A delivery as a settlement needs to know it.
    private struct Place {
        var exchange: Int64
        var upstream: String
        var orderKey: String?
        var state: DeliveryState
        var replays: Int64
        var compensates: String?
    }

    /// One that is not pending is left as it is; of one that is not there the state is nil.
    mutating func settle(_ settlement: Settlement) throws -> Settled {
        guard let place = try place(of: settlement.delivery) else {
            return Settled(state: nil, exchangeIsFinished: false, compensations: [])
        }
        guard place.state == .pending else {
            let tally = try tally(place.exchange)
            return Settled(state: place.state, exchangeIsFinished: tally.pending == 0, compensations: [])
        }
        if let attempt = settlement.attempt { try insert(attempt, of: settlement.delivery, run: place.replays) }
        let state: DeliveryState
        switch settlement.next {
        case .retry(let time):
            try update(settlement, nextAttemptAt: time)
            return Settled(state: nil, exchangeIsFinished: false, compensations: [])
        case .delivered: state = place.compensates == nil ? .delivered : .compensated
        case .dead: state = .dead
        case .skipped: state = .skipped
        }
        try end(settlement, place, as: state)
        if state == .compensated { try compensate(place) }
        return try finish(place, settlement, state)
    }

    private func place(of delivery: DeliveryID) throws -> Place? {
        try db.first(
            """
            SELECT d.exchange, d.upstream, d.order_key, d.state, d.replays, e.compensates
            FROM deliveries AS d JOIN exchanges AS e ON e.seq = d.exchange WHERE d.id = ?
            """, [delivery.value]
        ) { columns in
            let (exchange, upstream, orderKey) = (try columns.integer(), try columns.text(), try columns.optionalText())
            guard let state = try columns.word(DeliveryState.self) else { throw Unreadable(what: "a delivery is in no state") }
            return Place(
                exchange: exchange, upstream: upstream, orderKey: orderKey, state: state, replays: try columns.integer(),
                compensates: try columns.optionalText())
        }
    }

    private func insert(_ attempt: AttemptEntry, of delivery: DeliveryID, run: Int64) throws {
        let answer = attempt.answer.flatMap { $0.getSlice(at: $0.readerIndex, length: min($0.readableBytes, AttemptEntry.answerLimit)) }
        try db.run(
            """
            INSERT OR REPLACE INTO attempts (delivery, run, number, started_at, ended_at, class, status, detail, answer)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, iif(?, ifnull(?, zeroblob(0)), NULL))
            """,
            [
                delivery.value, run, attempt.number, attempt.startedAt.column, attempt.endedAt.column, attempt.errorClass?.rawValue,
                attempt.status, String(attempt.detail.prefix(AttemptEntry.detailLimit)), answer != nil, answer?.data,
            ])
    }

    /// What is known of the attempts. Of a settlement without one, neither class nor status, those before are kept.
    private func update(_ settlement: Settlement, nextAttemptAt: WallTime?) throws {
        var errorClass = settlement.errorClass
        if case .dead(let reason) = settlement.next { errorClass = reason }
        try db.run(
            """
            UPDATE deliveries SET attempts = ?2, first_attempt_at = ifnull(?3, first_attempt_at),
                next_attempt_at = ifnull(?4, next_attempt_at),
                last_class = iif(?5 IS NULL AND ?6 IS NULL, last_class, ?5),
                last_status = iif(?5 IS NULL AND ?6 IS NULL, last_status, ?6)
            WHERE id = ?1
            """,
            [
                settlement.delivery.value, settlement.attempts, settlement.firstAttemptAt?.column, nextAttemptAt?.column,
                errorClass?.rawValue, settlement.status,
            ])
    }

    private mutating func end(_ settlement: Settlement, _ place: Place, as state: DeliveryState) throws {
        try update(settlement, nextAttemptAt: nil)
        var reason: SkipReason?
        if case .skipped(let why) = settlement.next { reason = why }
        try db.run(
            "UPDATE deliveries SET state = ?, settled_at = ?, skip_reason = ?, in_line = 0 WHERE id = ?",
            [state.rawValue, settlement.at.column, reason?.rawValue, settlement.delivery.value])
        changes.pending[place.upstream, default: 0] -= 1
        changes.oldest.insert(place.upstream)
        if state == .dead { changes.dead[place.upstream, default: 0] += 1 }
        if let key = place.orderKey { try giveTurn(place.upstream, key) }
    }

    /// Lets the first of those that wait for one upstream under one order key go.
    func giveTurn(_ upstream: String, _ key: String) throws {
        try db.run(
            """
            UPDATE deliveries SET in_line = 0 WHERE in_line = 1 AND id = (
                SELECT id FROM deliveries WHERE upstream = ? AND order_key = ? AND state = 'pending' ORDER BY id LIMIT 1)
            """, [upstream, key])
    }

    /// What a compensating call has made good is compensated as well.
    private func compensate(_ place: Place) throws {
        try db.run(
            """
            UPDATE deliveries SET state = 'compensated' WHERE upstream = ? AND state = 'delivered'
                AND exchange = (SELECT seq FROM exchanges WHERE id = ?)
            """, [place.upstream, place.compensates])
    }

    // MARK: The exchange

    /// How many deliveries of an exchange stand where.
    struct Tally {
        var pending: Int
        /// Dead and not discarded.
        var kept: Int
        var dead: Int
        var delivered: Int
    }

    func tally(_ exchange: Int64) throws -> Tally {
        try db.first(
            """
            SELECT ifnull(sum(state = 'pending'), 0), ifnull(sum(state = 'dead' AND discarded_at IS NULL), 0),
                ifnull(sum(state = 'dead'), 0), ifnull(sum(state = 'delivered'), 0)
            FROM deliveries WHERE exchange = ?
            """, [exchange]
        ) { Tally(pending: try $0.int(), kept: try $0.int(), dead: try $0.int(), delivered: try $0.int()) }
            ?? Tally(pending: 0, kept: 0, dead: 0, delivered: 0)
    }

    func markFinished(_ exchange: Int64, at time: WallTime) throws {
        try db.run("UPDATE exchanges SET finished_at = ? WHERE seq = ?", [time.column, exchange])
    }

    private mutating func finish(_ place: Place, _ settlement: Settlement, _ state: DeliveryState) throws -> Settled {
        let tally = try tally(place.exchange)
        guard tally.pending == 0 else { return Settled(state: state, exchangeIsFinished: false, compensations: []) }
        if tally.kept == 0 { try markFinished(place.exchange, at: settlement.at) }
        var compensations: [SpooledDelivery] = []
        if tally.dead > 0, tally.delivered > 0, place.compensates == nil {
            compensations = try makeCompensations(place.exchange, at: settlement.at)
        }
        return Settled(state: state, exchangeIsFinished: true, compensations: compensations)
    }
}
