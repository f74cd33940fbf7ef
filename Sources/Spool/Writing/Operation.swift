internal import Exchange

/// What the writer is asked to do, and who is told.
enum Operation: Sendable {
    case accept(SpooledExchange, [String], @Sendable (Acceptance) -> Void)
    case settle(Settlement, @Sendable (Settled) -> Void)
    case due(DueQuestion, @Sendable (Due) -> Void)
    case replay(ReplayBatch, @Sendable (Result<LetterBatch, SpoolFault>) -> Void)
    case discard(DiscardBatch, @Sendable (Result<LetterBatch, SpoolFault>) -> Void)
    /// Of those finished before this time.
    case purge(WallTime, @Sendable (Result<Int, SpoolFault>) -> Void)

    /// Bytes that it holds in memory.
    var size: Int {
        if case .accept(let exchange, _, _) = self { exchange.size } else { 0 }
    }

    var isAccept: Bool {
        if case .accept = self { true } else { false }
    }

    var isSettlement: Bool { delivery != nil }

    /// Of a settlement.
    var delivery: DeliveryID? {
        if case .settle(let settlement, _) = self { settlement.delivery } else { nil }
    }

    /// Whether it only reads.
    var isQuestion: Bool {
        if case .due = self { true } else { false }
    }

    /// What is told where it can't be done. A settlement that was not kept leaves its delivery pending.
    func answer(_ fault: SpoolFault) -> Answer {
        switch self {
        case .accept(_, _, let tell): { tell(.failed(fault)) }
        case .settle(_, let tell): { tell(Settled(state: nil, exchangeIsFinished: false, compensations: [])) }
        case .due(_, let tell): { tell(Due(deliveries: [], nextAt: nil, fault: fault)) }
        case .replay(_, let tell), .discard(_, let tell): { tell(.failure(fault)) }
        case .purge(_, let tell): { tell(.failure(fault)) }
        }
    }
}

/// Tells whoever asked what came of it; to be called once what it tells is true.
typealias Answer = @Sendable () -> Void

struct DueQuestion: Sendable {
    var upstream: String
    var now: WallTime
    var held: Set<DeliveryID>
    var limit: Int
    var bytes: Int
}

/// Some of the dead letters that a filter means: those after `after`.
struct ReplayBatch: Sendable {
    var filter: DeadLetterFilter
    var after: DeliveryID
    var rate: RateSettings?
    var now: WallTime
    /// Letters that the batches before it brought back.
    var replayed: Int
}

struct DiscardBatch: Sendable {
    var filter: DeadLetterFilter
    var after: DeliveryID
    var now: WallTime
}

/// What a batch did.
struct LetterBatch: Sendable {
    var count: Int
    /// nil: there are no more.
    var last: DeliveryID?
}
