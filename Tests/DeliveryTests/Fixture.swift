import Exchange
import NIOCore

@testable import Delivery

enum Fixture {
    static let epoch: UInt64 = 1_700_000_000_000_000_000

    static func wall(_ milliseconds: UInt64) -> WallTime { WallTime(nanosecondsSinceEpoch: epoch + milliseconds * 1_000_000) }

    static func moment(_ milliseconds: UInt64) -> Moment {
        Moment(wall: wall(milliseconds), monotonic: MonotonicTime(nanoseconds: milliseconds * 1_000_000))
    }

    static func delivery(
        _ id: Int64, at milliseconds: UInt64 = 0, body: Int = 0, order: String? = nil
    ) -> SpooledDelivery {
        var random = SeededGenerator(seed: UInt64(bitPattern: id) &+ 1)
        let trace = TraceContext(traceID: TraceID(using: &random), spanID: SpanID(using: &random), flags: .sampled)
        let exchange = SpooledExchange(
            id: ExchangeID(at: wall(milliseconds), using: &random), route: "all", receivedAt: wall(milliseconds), method: "POST", target: "/",
            headers: Headers(), body: body > 0 ? ByteBuffer(repeating: 0, count: body) : nil, trace: trace, orderKey: order)
        return SpooledDelivery(
            id: DeliveryID(id), exchange: exchange, upstream: "a", attempts: 0, firstAttemptAt: nil, nextAttemptAt: wall(milliseconds),
            startedAt: wall(milliseconds), span: trace.child(using: &random), firstSpan: nil)
    }
}
