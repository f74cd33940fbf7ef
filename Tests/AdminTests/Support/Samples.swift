import Exchange
import NIOCore
import Spool

/// Exchanges and deliveries that are easy to tell apart.
enum Sample {
    static func ago(_ seconds: UInt64) -> WallTime {
        WallTime(nanosecondsSinceEpoch: Stage.now.nanosecondsSinceEpoch - seconds * 1_000_000_000)
    }

    static func id(_ number: UInt64) -> ExchangeID { ExchangeID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0000 | number) }

    static func exchange(
        _ number: UInt64 = 1, route: String = "orders", target: String = "/orders?sig=hush&page=2", headers: Headers = Headers(["Host": "shop.test"]),
        body: String? = nil, compensates: ExchangeID? = nil
    ) -> SpooledExchange {
        guard let traceID = TraceID(high: 0xA000, low: number), let spanID = SpanID(0xB000) else { preconditionFailure() }
        return SpooledExchange(
            id: id(number), route: route, receivedAt: ago(60), method: "POST", target: target, headers: headers,
            body: body.map { ByteBuffer(string: $0) }, trace: TraceContext(traceID: traceID, spanID: spanID, flags: []),
            compensates: compensates)
    }

    static func delivery(
        _ id: Int64, _ upstream: String, _ state: DeliveryState, attempts: Int = 1, lastClass: ErrorClass? = nil, lastStatus: Int? = 201,
        skipReason: SkipReason? = nil, nextAttemptAt: WallTime? = nil, settledAt: WallTime? = ago(59), replays: Int = 0,
        entries: [AttemptEntry] = []
    ) -> DeliveryView {
        DeliveryView(
            id: DeliveryID(id), upstream: upstream, state: state, attempts: attempts, lastClass: lastClass, lastStatus: lastStatus,
            skipReason: skipReason, nextAttemptAt: nextAttemptAt, settledAt: settledAt, replays: replays, entries: entries)
    }

    static func attempt(_ number: Int = 1, answer: ByteBuffer? = nil) -> AttemptEntry {
        AttemptEntry(
            number: number, startedAt: ago(60), endedAt: ago(60).advanced(byNanoseconds: 12_345_678), errorClass: .http5xx, status: 503,
            detail: "the upstream answered with 503", answer: answer)
    }

    static func view(_ number: UInt64, route: String = "orders", _ deliveries: [DeliveryView]? = nil) -> ExchangeView {
        let isFinished = !(deliveries ?? []).contains { $0.state == .pending }
        return ExchangeView(
            exchange: exchange(number, route: route), finishedAt: isFinished ? ago(59) : nil,
            deliveries: deliveries ?? [delivery(Int64(number), "inventory", .delivered)])
    }

    static func letter(
        _ id: Int64, _ upstream: String = "shipping", route: String = "orders", _ errorClass: ErrorClass = .http5xx,
        settledAt: WallTime = ago(3600), headers: Headers = Headers(["Host": "shop.test"]), body: String? = nil, entries: [AttemptEntry] = []
    ) -> DeadLetter {
        DeadLetter(
            delivery: delivery(
                id, upstream, .dead, attempts: 12, lastClass: errorClass, lastStatus: errorClass.isOfStatus ? 503 : nil,
                settledAt: settledAt, entries: entries),
            exchange: exchange(UInt64(id), route: route, headers: headers, body: body))
    }
}
