internal import Exchange

/// What a span is made of, waiting to be written.
enum SpanRecord: Sendable {
    case exchange(ExchangeRecord)
    case attempt(AttemptRecord)
    /// Few, and large: apart, so that the others stay small.
    indirect case delivery(DeliveryRecord)
}
