internal import Exchange

/// What a span is made of, waiting to be written.
enum SpanRecord: Sendable {
    case exchange(ExchangeRecord)
    case attempt(AttemptRecord)
    case delivery(DeliveryRecord)
}
