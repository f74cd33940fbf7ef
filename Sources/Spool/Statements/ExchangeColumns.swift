internal import Exchange
internal import Foundation
internal import NIOCore

extension Columns {
    /// Of an exchange, from the table named `e`.
    static let exchange = """
        e.id, e.route, e.received_at, e.method, e.target, e.minor_version, e.trace_id, e.span_id, e.trace_flags, e.trace_state, \
        e.baggage, e.idempotency_key, e.order_key, e.compensates
        """

    mutating func exchangeID() throws -> ExchangeID {
        let text = try text()
        guard let id = ExchangeID(column: text) else { throw Unreadable(what: "\(text) is no exchange's id") }
        return id
    }

    mutating func spanContext() throws -> (TraceID, SpanID, TraceContext.Flags) {
        guard let trace = TraceID(column: try text()), let span = SpanID(column: try text()) else {
            throw Unreadable(what: "a trace's or a span's id is none")
        }
        return (trace, span, TraceContext.Flags(rawValue: UInt8(clamping: try integer())))
    }

    /// Of its request, from the table named `r`.
    static let request = "r.headers, r.body, r.checksum"

    /// Followed by the columns of the request where `whole`; without them the exchange has neither header fields nor a body.
    mutating func exchange(whole: Bool) throws -> SpooledExchange {
        let id = try exchangeID()
        let (route, receivedAt, method, target, minorVersion) = (try text(), try time(), try text(), try text(), try int())
        let (trace, span, flags) = try spanContext()
        let (traceState, baggage, key, orderKey, compensates) = (
            try text(), try optionalText(), try optionalText(), try optionalText(), try optionalText()
        )
        var (headers, body): (Headers, ByteBuffer?) = (Headers(), nil)
        if whole { (headers, body) = try request(method, target) }
        return SpooledExchange(
            id: id, route: route, receivedAt: receivedAt, method: method, target: target, headers: headers, minorVersion: minorVersion,
            body: body, trace: TraceContext(traceID: trace, spanID: span, flags: flags, traceState: traceState), baggage: baggage,
            idempotencyKey: key, orderKey: orderKey, compensates: compensates.flatMap(ExchangeID.init(column:)))
    }

    private mutating func request(_ method: String, _ target: String) throws -> (Headers, ByteBuffer?) {
        let (lines, body, checksum) = (try buffer()?.data ?? Data(), try buffer(), try integer())
        guard checksum == Checksum.of(method, target, lines, body), let headers = HeaderLines.headers(lines) else {
            throw Unreadable(what: "a request is not as it was written")
        }
        return (headers, body)
    }

    /// Of a delivery on its way, from the table named `d`, before those of its whole exchange.
    static let delivery = """
        d.id, d.upstream, d.attempts, d.first_attempt_at, d.next_attempt_at, d.started_at, d.trace_id, d.span_id, d.trace_flags, \
        d.first_span_id
        """

    mutating func delivery() throws -> SpooledDelivery {
        let (id, upstream, attempts) = (DeliveryID(try integer()), try text(), try int())
        let (firstAttemptAt, nextAttemptAt, startedAt) = (try optionalTime(), try time(), try time())
        let (traceID, spanID, flags) = try spanContext()
        let first = try optionalText()
        let exchange = try exchange(whole: true)
        let trace = exchange.trace
        // A replay's trace begins with it, and carries nothing of other tracers.
        let span = TraceContext(
            traceID: traceID, spanID: spanID, flags: flags, traceState: traceID == trace.traceID ? trace.traceState : "")
        let firstSpan = first.flatMap(SpanID.init(column:)).map {
            TraceContext(traceID: trace.traceID, spanID: $0, flags: trace.flags, traceState: trace.traceState)
        }
        return SpooledDelivery(
            id: id, exchange: exchange, upstream: upstream, attempts: attempts, firstAttemptAt: firstAttemptAt,
            nextAttemptAt: nextAttemptAt, startedAt: startedAt, span: span, firstSpan: firstSpan)
    }
}
