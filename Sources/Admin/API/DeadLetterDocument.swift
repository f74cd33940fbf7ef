internal import Exchange
internal import NIOCore
internal import Spool

/// A dead letter as the API shows it.
enum DeadLetterDocument {
    /// In a list.
    static func json(_ letter: DeadLetter, _ redaction: Redaction) -> JSON { .object(members(letter, redaction)) }

    /// On its own: with the request, and every attempt with the beginning of its answer.
    static func whole(_ letter: DeadLetter, _ redaction: Redaction) -> JSON {
        let exchange = letter.exchange
        let headers = RedactedHeaders.pairs(exchange.headers, redaction).map {
            JSON.object([("name", .string($0.name)), ("value", .string($0.value))])
        }
        let history = letter.delivery.entries.map { JSON.object(AttemptDocument.members($0) + [AttemptDocument.answer($0)]) }
        return .object(
            members(letter, redaction) + [
                ("headers", .array(headers)), ("body_bytes", JSON(exchange.body?.readableBytes ?? 0)), ("history", .array(history)),
            ])
    }

    private static func members(_ letter: DeadLetter, _ redaction: Redaction) -> [(name: String, value: JSON)] {
        let (exchange, delivery) = (letter.exchange, letter.delivery)
        return [
            ("id", .integer(delivery.id.value)), ("exchange_id", .string(exchange.id.description)), ("route", .string(exchange.route)),
            ("upstream", .string(delivery.upstream)), ("trace_id", .string(exchange.trace.traceID.description)),
            ("received_at", JSON(exchange.receivedAt)), ("settled_at", JSON(delivery.settledAt)), ("attempts", JSON(delivery.attempts)),
            ("last_class", JSON(delivery.lastClass?.rawValue)), ("last_status", JSON(delivery.lastStatus)),
            ("replays", JSON(delivery.replays)), ("method", .string(exchange.method)),
            ("target", .string(redaction.url(exchange.target))),
        ]
    }
}
