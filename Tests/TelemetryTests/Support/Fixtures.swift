import Exchange
@testable import Telemetry

/// Two upstreams and two routes, times that are easy to read, and records made of them.
enum Fixture {
    static let inventory = UpstreamID(0)
    static let shipping = UpstreamID(1)
    static let orders = RouteID(0)
    static let everythingElse = RouteID(1)

    /// 2026-11-24T06:25:22.004312Z, and 100 s on the monotonic clock.
    static let start = Moment(wall: WallTime(nanosecondsSinceEpoch: 1_795_501_522_004_312_000), monotonic: seconds(100))

    static func seconds(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: UInt64(seconds * 1e9)) }
    static func after(_ seconds: Double) -> MonotonicTime { self.seconds(100 + seconds) }

    static func settings(
        upstreams: [String] = ["inventory", "shipping"], change: (inout Settings) -> Void = { _ in }
    ) -> Settings {
        let upstreams = upstreams.map {
            UpstreamSettings(name: $0, url: BaseURL(scheme: "http", host: "127.0.0.1", port: 9, pathPrefix: ""))
        }
        let mirrors = (1..<max(1, upstreams.count)).map { UpstreamID($0) }
        var settings = Settings(
            upstreams: upstreams,
            routes: [
                RouteSettings(name: "orders", methods: ["POST"], path: "/orders", primary: UpstreamID(0), mirrors: mirrors),
                RouteSettings(name: "everything-else", path: "/**", primary: UpstreamID(0), mirrors: mirrors),
            ])
        settings.telemetry.otlp = nil
        change(&settings)
        return settings
    }

    static func story(
        _ method: String = "GET", _ target: String = "/orders/7?token=hush", route: RouteID? = orders, isSampled: Bool = false,
        number: UInt64 = 1, at moment: Moment = start
    ) -> ExchangeStory {
        let trace = TraceContext(
            traceID: TraceID(high: 0xA000, low: number)!, spanID: SpanID(0xB000 + number)!, flags: isSampled ? [.sampled] : [])
        var headers = Headers()
        headers.append("authorization", "Bearer hush")
        headers.append("host", "shop.test")
        return ExchangeStory(
            id: ExchangeID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0000 | number), route: route,
            request: RequestHead(method: method, target: target, headers: headers, bodyLength: .none), startedAt: moment, trace: trace,
            parentSpanID: nil)
    }

    static func exchange(
        _ story: ExchangeStory = story(), status: Int? = 200, errorClass: ErrorClass? = nil, seconds: Double = 0.004
    ) -> ExchangeRecord {
        ExchangeRecord(
            story: story, endedAt: story.startedAt.monotonic.advanced(by: .nanoseconds(Int64(seconds * 1e9))), status: status,
            errorClass: errorClass, requestBodyBytes: 12, responseBodyBytes: 345, events: [])
    }

    static func attempt(
        _ upstream: UpstreamID = inventory, _ role: Role = .primary, _ story: ExchangeStory = story(), status: Int? = 200,
        errorClass: ErrorClass? = nil, seconds: Double = 0.003, firstByte: Double? = 0.002, from start: MonotonicTime? = nil,
        result: DeliveryResult? = nil, detail: String = ""
    ) -> AttemptRecord {
        let start = start ?? story.startedAt.monotonic
        var outcome = AttemptOutcome(startedAt: start)
        outcome.status = status
        outcome.errorClass = errorClass
        outcome.detail = detail
        outcome.endedAt = start.advanced(by: .nanoseconds(Int64(seconds * 1e9)))
        outcome.firstByteAt = firstByte.map { start.advanced(by: .nanoseconds(Int64($0 * 1e9))) }
        return AttemptRecord(
            story: story, upstream: upstream, role: role, spanID: SpanID(0xC000)!, target: "/orders/7", resendCount: 0,
            outcome: outcome, deliveryResult: result)
    }

    /// A spooled delivery that was accepted so many seconds before `start` and ended so many after.
    static func delivery(
        _ upstream: UpstreamID = shipping, _ story: ExchangeStory = story(), result: DeliveryResult = .delivered,
        reason: SkipReason? = nil, errorClass: ErrorClass? = nil, attempts: Int = 1, accepted before: Double = 0, ended after: Double = 1
    ) -> DeliveryRecord {
        let startedAt = WallTime(nanosecondsSinceEpoch: start.wall.nanosecondsSinceEpoch - UInt64(before * 1e9))
        return DeliveryRecord(
            story: story, upstream: upstream, role: .mirror, result: result, reason: reason, errorClass: errorClass, attempts: attempts,
            span: story.trace, parentSpanID: nil, link: nil, startedAt: startedAt, endedAt: wall(after), events: [])
    }

    /// So many seconds after `start` on the calendar clock.
    static func wall(_ seconds: Double) -> WallTime { start.wall.advanced(byNanoseconds: UInt64(seconds * 1e9)) }

    /// Telemetry whose scrapes happen at a fixed time and whose log goes nowhere.
    static func telemetry(_ settings: Settings = settings(), at now: MonotonicTime = after(1)) -> Telemetry {
        Telemetry(settings, version: "1.2.3", logDescriptor: -1, now: { now }, wall: { start.wall(at: now) })
    }
}

extension AttemptRecord {
    /// The same but for what is named.
    func changed(
        resendCount: Int? = nil, result: DeliveryResult? = nil, _ change: (inout AttemptOutcome) -> Void = { _ in }
    ) -> AttemptRecord {
        var outcome = outcome
        change(&outcome)
        return AttemptRecord(
            story: story, upstream: upstream, role: role, spanID: spanID, target: target, resendCount: resendCount ?? self.resendCount,
            outcome: outcome, deliveryResult: result ?? deliveryResult, events: events, parentSpanID: parentSpanID)
    }
}
