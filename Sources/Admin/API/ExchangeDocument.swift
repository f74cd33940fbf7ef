internal import Exchange
internal import Spool
internal import Telemetry

/// An exchange as the API shows it.
enum ExchangeDocument {
    /// - Parameter withHistory: every attempt too.
    static func json(_ known: KnownExchange, _ redaction: Redaction, withHistory: Bool) -> JSON {
        var members = known.view.map { self.members($0, redaction) } ?? known.recent.map { self.members($0) } ?? []
        if let recent = known.recent {
            members += [
                ("status", JSON(recent.status)), ("class", JSON(recent.errorClass?.rawValue)),
                ("duration_ms", JSON(Double(recent.nanoseconds) / 1e6)), ("request_bytes", JSON(recent.requestBytes)),
                ("response_bytes", JSON(recent.responseBytes)),
            ]
        }
        if let compensated = known.view?.exchange.compensates { members.append(("compensates", .string(compensated.description))) }
        let spooled = known.view?.deliveries.map { delivery in
            (delivery.upstream, json(delivery, history: withHistory ? history(of: delivery, known.recent) : nil))
        }
        let unspooled = known.recent.map { recent in
            known.unspooled.map { ($0.upstream, json($0, of: recent, withHistory: withHistory)) }
        }
        members.append(("deliveries", .object((unspooled ?? []) + (spooled ?? []))))
        return .object(members)
    }

    private static func members(_ view: ExchangeView, _ redaction: Redaction) -> [(name: String, value: JSON)] {
        let exchange = view.exchange
        return [
            ("id", .string(exchange.id.description)), ("route", .string(exchange.route)), ("received_at", JSON(exchange.receivedAt)),
            ("finished_at", JSON(view.finishedAt)), ("trace_id", .string(exchange.trace.traceID.description)),
            ("method", .string(exchange.method)), ("target", .string(redaction.url(exchange.target))),
        ]
    }

    private static func members(_ recent: RecentExchange) -> [(name: String, value: JSON)] {
        let story = recent.story
        return [
            ("id", .string(recent.id.description)), ("route", .string(recent.route)), ("received_at", JSON(story.startedAt.wall)),
            ("finished_at", JSON(recent.finishedAt.map { story.startedAt.wall(at: $0) })),
            ("trace_id", .string(story.trace.traceID.description)), ("method", .string(story.method)), ("target", .string(recent.target)),
        ]
    }

    /// The spool keeps attempts that failed; the one that delivered is remembered in memory, for as long as its exchange is.
    private static func history(of delivery: DeliveryView, _ recent: RecentExchange?) -> JSON {
        guard let recent, let remembered = recent.deliveries.first(where: { $0.upstream == delivery.upstream }),
            remembered.attempts.count > delivery.entries.count
        else { return .array(delivery.entries.map { .object(AttemptDocument.members($0)) }) }
        return history(of: remembered, recent)
    }

    private static func history(of delivery: RecentExchange.Delivery, _ exchange: RecentExchange) -> JSON {
        .array(delivery.attempts.map { .object(AttemptDocument.members($0, from: exchange.story.startedAt)) })
    }

    private static func json(_ delivery: DeliveryView, history: JSON?) -> JSON {
        var members: [(name: String, value: JSON)] = [
            ("state", .string(delivery.state.rawValue)), ("attempts", JSON(delivery.attempts)),
            ("last_class", JSON(delivery.lastClass?.rawValue)), ("last_status", JSON(delivery.lastStatus)),
            ("skip_reason", JSON(delivery.skipReason?.rawValue)), ("next_attempt_at", JSON(delivery.nextAttemptAt)),
            ("settled_at", JSON(delivery.settledAt)), ("replays", JSON(delivery.replays)),
        ]
        if delivery.state == .dead { members.append(("dead_letter_id", .integer(delivery.id.value))) }
        if let history { members.append(("history", history)) }
        return .object(members)
    }

    private static func json(_ delivery: RecentExchange.Delivery, of exchange: RecentExchange, withHistory: Bool) -> JSON {
        let start = exchange.story.startedAt
        var members: [(name: String, value: JSON)] = [
            ("role", .string(delivery.role.rawValue)), ("state", .string(delivery.state.rawValue)),
            // Retries are numbered: where the first of many attempts are remembered no longer, they count all the same.
            ("attempts", JSON(delivery.attempts.last.map { max($0.number, delivery.attempts.count) } ?? 0)),
            ("last_class", JSON(delivery.lastClass?.rawValue)), ("last_status", JSON(delivery.attempts.last?.status)),
            ("skip_reason", JSON(delivery.reason?.rawValue)), ("next_attempt_at", .null),
            ("settled_at", JSON(delivery.settledAt.map { start.wall(at: $0) })), ("replays", JSON(0)),
            ("duration_ms", JSON(delivery.nanoseconds.map { Double($0) / 1e6 })),
        ]
        if withHistory { members.append(("history", history(of: delivery, exchange))) }
        return .object(members)
    }
}
