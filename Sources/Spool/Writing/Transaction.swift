internal import Exchange
internal import GRDB

/// What transactions go by.
struct Terms: Sendable {
    var faults: Faults
    var maxSize: Int
    var batch: Int
    var compensations: Compensations
}

/// One transaction of the writer, and what will be true once it is committed. Its statements lie in files of their own, by what
/// is asked.
struct Transaction {
    let db: Database
    let terms: Terms
    /// Deliveries whose settlement is known and could not be written yet: they are on nobody's way any more, and not due.
    var unsettled: Set<DeliveryID>
    var changes = Changes()
    var random = SystemRandomNumberGenerator()
    /// Bytes in use: as measured, and what was accepted since; nil before the first is accepted.
    var used: Int?

    init(_ db: Database, _ terms: Terms, unsettled: Set<DeliveryID> = []) {
        self.db = db
        self.terms = terms
        self.unsettled = unsettled
    }

    mutating func apply(_ operation: Operation) throws -> Answer {
        switch operation {
        case .accept(let exchange, let upstreams, let tell):
            let acceptance = try accept(exchange, for: upstreams)
            return { tell(acceptance) }
        case .settle(let settlement, let tell):
            let settled = try settle(settlement)
            return { tell(settled) }
        case .due(let question, let tell):
            let due = try due(question)
            return { tell(due) }
        case .replay(let batch, let tell):
            let done = try replay(batch)
            return { tell(.success(done)) }
        case .discard(let batch, let tell):
            let done = try discard(batch)
            return { tell(.success(done)) }
        case .purge(let time, let tell):
            let count = try purge(finishedBefore: time)
            return { tell(.success(count)) }
        }
    }
}
