import Exchange
import Foundation
import Testing

@testable import Telemetry

/// Records of a fixed moment, of which each test changes what it is about.
enum SpanFixtures {
    static let moment = Moment(wall: WallTime(nanosecondsSinceEpoch: 1_700_000_000_000_000_000), monotonic: MonotonicTime(nanoseconds: 1_000))
    static let spanID = sure(SpanID(0x00F0_67AA_0BA9_02B7))
    static let parentID = SpanID(0xB7AD_6B71_6920_3331)
    static let attemptID = sure(SpanID(0x1))
    static let traceID = sure(TraceID(high: 0x4BF9_2F35_77B3_4DA6, low: 0xA3CE_929D_0E0E_4736))
    static let exchangeID = ExchangeID(high: 0x018B_CFE5_6800_7ABC, low: 0x8123_4567_89AB_CDEF)

    private static func sure<ID>(_ id: ID?) -> ID {
        guard let id else { preconditionFailure("an id of a fixture is all zero") }
        return id
    }

    static let upstreams = [
        UpstreamSettings(name: "inventory", url: BaseURL(scheme: "https", host: "inventory.example", port: 443, pathPrefix: "/v2")),
        UpstreamSettings(name: "shipping", url: BaseURL(scheme: "http", host: "::1", port: 8080, pathPrefix: "")),
    ]
    static let routes = [
        RouteSettings(name: "orders", path: "/orders/*", primary: UpstreamID(0), mirrors: [UpstreamID(1)]),
        RouteSettings(name: "odd \"name\"", path: "/\"quoted\"/**", primary: UpstreamID(0), mirrors: []),
    ]
    static let process = SpanProcess(id: 42, host: "box", instance: "11111111-2222-4333-8444-555555555555")

    static func story(
        method: String = "POST", target: String = "/orders/7?color=blue", host: String? = "localhost:4100", agent: String? = "curl/8.0",
        route: Int? = 0, parent: SpanID? = parentID, traceState: String = "", flags: TraceContext.Flags = [.sampled, .random],
        minorVersion: Int = 1, client: String? = "127.0.0.1", id: ExchangeID = exchangeID
    ) -> ExchangeStory {
        var headers = Headers()
        if let host { headers.append("Host", host) }
        if let agent { headers.append("User-Agent", agent) }
        let request = RequestHead(
            method: method, target: target, headers: headers, bodyLength: .none, minorVersion: minorVersion, clientAddress: client)
        return ExchangeStory(
            id: id, route: route.map { RouteID($0) }, request: request, startedAt: moment,
            trace: TraceContext(traceID: traceID, spanID: spanID, flags: flags, traceState: traceState), parentSpanID: parent)
    }

    static func exchange(
        _ story: ExchangeStory = story(), status: Int? = 200, errorClass: ErrorClass? = nil, events: [SpanEvent] = [],
        endedAt: MonotonicTime = time(5_000_000), pending: [UpstreamID] = []
    ) -> ExchangeRecord {
        ExchangeRecord(
            story: story, endedAt: endedAt, status: status, errorClass: errorClass, requestBodyBytes: 12, responseBodyBytes: 3456,
            events: events, pending: pending)
    }

    static func attempt(
        _ story: ExchangeStory = story(), upstream: Int = 0, target: String = "/v2/orders/7?color=blue", resendCount: Int = 0, status: Int? = 200,
        errorClass: ErrorClass? = nil, detail: String = "", result: DeliveryResult? = .delivered, events: [SpanEvent] = [],
        role: Role = .mirror, parent: SpanID? = nil, hasPeer: Bool = true
    ) -> AttemptRecord {
        var outcome = AttemptOutcome(startedAt: time(1_000_000))
        outcome.endedAt = time(4_000_000)
        (outcome.status, outcome.errorClass, outcome.detail) = (status, errorClass, detail)
        (outcome.requestBodyBytes, outcome.responseBodyBytes) = (12, 34)
        if hasPeer { (outcome.peerAddress, outcome.peerPort, outcome.protocolVersion) = ("192.0.2.1", 443, "1.1") }
        return AttemptRecord(
            story: story, upstream: UpstreamID(upstream), role: role, spanID: attemptID, target: target, resendCount: resendCount,
            outcome: outcome, deliveryResult: result, events: events, parentSpanID: parent)
    }

    /// Accepted a minute before this process took it up, and ended 5 ms after.
    static func delivery(
        _ story: ExchangeStory = story(), upstream: Int = 1, result: DeliveryResult = .delivered, reason: SkipReason? = nil,
        errorClass: ErrorClass? = nil, attempts: Int = 3, span: TraceContext = deliverySpan, parent: SpanID? = spanID,
        link: TraceContext? = nil, events: [SpanEvent] = [], isCompensation: Bool = false
    ) -> DeliveryRecord {
        DeliveryRecord(
            story: story, upstream: UpstreamID(upstream), role: .mirror, result: result, reason: reason, errorClass: errorClass,
            attempts: attempts, span: span, parentSpanID: parent, link: link,
            startedAt: WallTime(nanosecondsSinceEpoch: moment.wall.nanosecondsSinceEpoch - 60_000_000_000),
            endedAt: moment.wall.advanced(byNanoseconds: 5_000_000), events: events, isCompensation: isCompensation)
    }

    static let deliverySpan = TraceContext(traceID: traceID, spanID: sure(SpanID(0xD)), flags: [.sampled, .random])

    /// So many nanoseconds after the start.
    static func time(_ nanoseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: moment.monotonic.nanoseconds + nanoseconds) }

    static func batch(
        _ telemetry: TelemetrySettings = TelemetrySettings(), upstreams: [UpstreamSettings] = upstreams, redaction: Redaction = .standard
    ) -> SpanBatch {
        SpanBatch(
            resource: SpanResource(telemetry, version: "1.2.3", process: process), version: "1.2.3",
            encoder: SpanEncoder(upstreams: upstreams, routes: routes, redaction: redaction))
    }

    static func encoded(_ records: [SpanRecord], _ telemetry: TelemetrySettings = TelemetrySettings()) throws -> ExportedBatch {
        try ExportedBatch(batch(telemetry).written(records))
    }

    static func span(_ record: ExchangeRecord) throws -> ExportedSpan {
        try #require(encoded([.exchange(record)]).spans.first)
    }

    static func span(_ record: AttemptRecord) throws -> ExportedSpan {
        try #require(encoded([.attempt(record)]).spans.first)
    }

    static func span(_ record: DeliveryRecord) throws -> ExportedSpan {
        try #require(encoded([.delivery(record)]).spans.first)
    }
}

extension SpanBatch {
    /// A request with these spans.
    func written(_ records: [SpanRecord]) -> [UInt8] {
        begin()
        for record in records { append(record) }
        finish()
        return whole()
    }
}

extension RequestText {
    /// All of it, read from its front in parts of so many bytes.
    func whole(inPartsOf size: Int = 65_536) -> [UInt8] {
        rewind()
        var (all, part) = ([UInt8](), [UInt8](repeating: 0, count: size))
        while true {
            let count = part.withUnsafeMutableBytes { read(into: $0) }
            guard count > 0 else { return all }
            all += part[..<count]
        }
    }
}

/// A request to the collector, read with somebody else's parser.
struct ExportedBatch: Sendable {
    var resource: [String: SpanValue]
    var scope: [String: String]
    var spans: [ExportedSpan]

    init(_ json: [UInt8]) throws {
        let object = try #require(JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(Set(object.keys) == ["resourceSpans"])
        let resourceSpans = try #require(object["resourceSpans"] as? [[String: Any]])
        #expect(resourceSpans.count == 1)
        let first = try #require(resourceSpans.first)
        resource = try ExportedSpan.attributes((first["resource"] as? [String: Any])?["attributes"])
        let scopeSpans = try #require(first["scopeSpans"] as? [[String: Any]])
        #expect(scopeSpans.count == 1)
        scope = try #require(scopeSpans.first?["scope"] as? [String: String])
        spans = try #require(scopeSpans.first?["spans"] as? [[String: Any]]).map(ExportedSpan.init)
    }
}

struct ExportedSpan: Sendable {
    var traceID = ""
    var spanID = ""
    var parentSpanID: String?
    var traceState: String?
    var flags = 0
    var name = ""
    var kind = 0
    var start = ""
    var end = ""
    var attributes: [String: SpanValue] = [:]
    var events: [(name: String, time: String, attributes: [String: SpanValue])] = []
    var droppedEvents = 0
    /// Each as the schema's own names have it.
    var links: [(traceID: String, spanID: String, traceState: String?, attributes: [String: SpanValue], flags: Int)] = []
    var statusCode = 0
    var statusMessage: String?

    init(_ span: [String: Any]) throws {
        traceID = try #require(span["traceId"] as? String)
        spanID = try #require(span["spanId"] as? String)
        parentSpanID = span["parentSpanId"] as? String
        traceState = span["traceState"] as? String
        flags = try #require(span["flags"] as? Int)
        name = try #require(span["name"] as? String)
        kind = try #require(span["kind"] as? Int)
        start = try #require(span["startTimeUnixNano"] as? String)
        end = try #require(span["endTimeUnixNano"] as? String)
        attributes = try ExportedSpan.attributes(span["attributes"])
        for event in span["events"] as? [[String: Any]] ?? [] {
            let time = try #require(event["timeUnixNano"] as? String)
            events.append((try #require(event["name"] as? String), time, try ExportedSpan.attributes(event["attributes"])))
        }
        for link in span["links"] as? [[String: Any]] ?? [] {
            #expect(Set(["traceId", "spanId", "traceState", "attributes", "flags"]).isSuperset(of: link.keys))
            links.append(
                (
                    try #require(link["traceId"] as? String), try #require(link["spanId"] as? String), link["traceState"] as? String,
                    try ExportedSpan.attributes(link["attributes"]), try #require(link["flags"] as? Int)
                ))
        }
        droppedEvents = span["droppedEventsCount"] as? Int ?? 0
        let status = span["status"] as? [String: Any]
        statusCode = status?["code"] as? Int ?? 0
        statusMessage = status?["message"] as? String
        let known: Set = [
            "traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes",
            "events", "droppedEventsCount", "links", "status",
        ]
        #expect(known.isSuperset(of: span.keys))
    }

    static func attributes(_ list: Any?) throws -> [String: SpanValue] {
        var attributes: [String: SpanValue] = [:]
        for attribute in try #require(list as? [[String: Any]]) {
            let key = try #require(attribute["key"] as? String)
            let value = try #require(attribute["value"] as? [String: Any])
            #expect(attributes[key] == nil, "\(key) is there twice")
            #expect(value.count == 1)
            let readable: SpanValue = try #require(ExportedSpan.value(value))
            attributes[key] = readable
        }
        return attributes
    }

    private static func value(_ value: [String: Any]) -> SpanValue? {
        if let text = value["stringValue"] as? String { return .string(text) }
        // A 64-bit integer that is not a string loses digits in most readers.
        if let text = value["intValue"] as? String { return Int(text).map { .int($0) } }
        if let flag = value["boolValue"] as? Bool { return .bool(flag) }
        if let number = value["doubleValue"] as? Double { return .double(number) }
        if let word = value["doubleValue"] as? String { return Double(word).map { .double($0) } }
        return nil
    }

    subscript(_ key: String) -> SpanValue? { attributes[key] }
}
