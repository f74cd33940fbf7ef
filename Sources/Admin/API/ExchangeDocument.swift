internal import Exchange
internal import Spool

/// An exchange as the API shows it.
enum ExchangeDocument {
    /// - Parameter withHistory: every attempt too.
    static func json(_ view: ExchangeView, withHistory: Bool) -> JSON {
        let exchange = view.exchange
        var members: [(name: String, value: JSON)] = [
            ("id", .string(exchange.id.description)), ("route", .string(exchange.route)), ("received_at", JSON(exchange.receivedAt)),
            ("finished_at", JSON(view.finishedAt)), ("trace_id", .string(exchange.trace.traceID.description)),
            ("method", .string(exchange.method)), ("target", .string(Redaction.url(exchange.target))),
        ]
        if let compensated = exchange.compensates { members.append(("compensates", .string(compensated.description))) }
        members.append(("deliveries", .object(view.deliveries.map { ($0.upstream, json($0, withHistory: withHistory)) })))
        return .object(members)
    }

    private static func json(_ delivery: DeliveryView, withHistory: Bool) -> JSON {
        var members: [(name: String, value: JSON)] = [
            ("state", .string(delivery.state.rawValue)), ("attempts", JSON(delivery.attempts)),
            ("last_class", JSON(delivery.lastClass?.rawValue)), ("last_status", JSON(delivery.lastStatus)),
            ("skip_reason", JSON(delivery.skipReason?.rawValue)), ("next_attempt_at", JSON(delivery.nextAttemptAt)),
            ("settled_at", JSON(delivery.settledAt)), ("replays", JSON(delivery.replays)),
        ]
        if delivery.state == .dead { members.append(("dead_letter_id", .integer(delivery.id.value))) }
        if withHistory { members.append(("history", .array(delivery.entries.map { .object(AttemptDocument.members($0)) }))) }
        return .object(members)
    }
}
