import Exchange
import Testing

@testable import Telemetry

@Suite("CLIENT spans")
struct ClientSpanTests {
    @Test("A whole span, field by field")
    func whole() throws {
        let events = [SpanEvent("pantograph.retry.scheduled", at: SpanFixtures.time(4_000_000), [("delay", .double(0.25)), ("again", .bool(true))])]
        let record = SpanFixtures.attempt(SpanFixtures.story(traceState: "a=1"), resendCount: 2, events: events)
        let span = try SpanFixtures.span(record)
        #expect(span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span.spanID == "0000000000000001")
        #expect(span.parentSpanID == "00f067aa0ba902b7")
        #expect(span.traceState == "a=1")
        #expect(span.flags == 0x103)
        #expect(span.name == "POST")
        #expect(span.kind == 3)
        #expect(span.start == "1700000000001000000")
        #expect(span.end == "1700000000004000000")
        #expect(span.statusCode == 0)
        #expect(
            span.attributes == [
                "http.request.method": .string("POST"), "server.address": .string("inventory.example"), "server.port": .int(443),
                "url.full": .string("https://inventory.example/v2/orders/7?color=blue"), "http.response.status_code": .int(200),
                "http.request.resend_count": .int(2), "network.peer.address": .string("192.0.2.1"), "network.peer.port": .int(443),
                "network.protocol.version": .string("1.1"), "http.request.body.size": .int(12),
                "http.response.body.size": .int(34), "pantograph.exchange.id": .string("018bcfe5-6800-7abc-8123-456789abcdef"),
                "pantograph.route": .string("orders"), "pantograph.upstream": .string("inventory"), "pantograph.role": .string("mirror"),
                "pantograph.delivery.result": .string("delivered"),
            ])
        #expect(span.events.first?.time == "1700000000004000000")
        #expect(span.events.first?.attributes == ["delay": .double(0.25), "again": .bool(true)])
    }

    @Test("The parent is the delivery's span where there is one; the trace stays the story's")
    func parent() throws {
        let record = SpanFixtures.attempt(parent: SpanFixtures.deliverySpan.spanID)
        let span = try SpanFixtures.span(record)
        #expect(span.parentSpanID == "000000000000000d")
        #expect(span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span.flags == 0x103)
    }

    @Test("An attempt that never had a connection")
    func noConnection() throws {
        let record = SpanFixtures.attempt(
            status: nil, errorClass: .connectRefused, detail: "nothing \"listens\" there", result: nil, hasPeer: false)
        let span = try SpanFixtures.span(record)
        #expect(span.statusCode == 2)
        #expect(span.statusMessage == "nothing \"listens\" there")
        #expect(span["error.type"] == .string("connect_refused"))
        for key in ["network.peer.address", "network.peer.port", "network.protocol.name", "network.protocol.version", "http.request.resend_count",
            "http.response.status_code", "pantograph.delivery.result"]
        {
            #expect(span[key] == nil, "\(key)")
        }
    }

    @Test(
        "The whole URL",
        arguments: [
            (0, "/v2/a", "https://inventory.example/v2/a"), (1, "/a?b", "http://[::1]:8080/a?b"), (1, "*", "http://[::1]:8080"),
            (1, "/?sig=s3cret&q=1", "http://[::1]:8080/?sig=REDACTED&q=1"), (1, "/\"\\", "http://[::1]:8080/\"\\"), (1, "/a?", "http://[::1]:8080/a?"),
            (1, "a", "http://[::1]:8080/a"), (1, "", "http://[::1]:8080/"),
        ])
    func urls(upstream: Int, target: String, url: String) throws {
        let span = try SpanFixtures.span(SpanFixtures.attempt(upstream: upstream, target: target))
        #expect(span["url.full"] == .string(url))
    }

    @Test("Each status: 4xx and 5xx are errors, and need no message")
    func statuses() throws {
        for status in 100...999 {
            for errorClass in [nil, ErrorClass(status: status)] {
                let span = try SpanFixtures.span(SpanFixtures.attempt(status: status, errorClass: errorClass, detail: "not shown"))
                #expect(span.statusCode == (status >= 400 ? 2 : 0))
                #expect(span["error.type"] == (status >= 400 ? .string(String(status)) : nil))
                #expect(span["pantograph.error.class"] == errorClass.map { .string($0.rawValue) })
                #expect(span.statusMessage == nil)
            }
        }
    }

    @Test("Each error class that is not a status's, before an answer and in the middle of one", arguments: ErrorClass.allCases)
    func classes(errorClass: ErrorClass) throws {
        guard ![.http4xx, .http429, .http5xx].contains(errorClass) else { return }
        for status in [nil, 200, 404, 503] as [Int?] {
            let span = try SpanFixtures.span(SpanFixtures.attempt(status: status, errorClass: errorClass, detail: "why"))
            // What was given up on purpose is no error, by the conventions.
            let isError = errorClass != .cancelled
            #expect(span.statusCode == (isError ? 2 : 0))
            #expect(span.statusMessage == (isError ? "why" : nil))
            #expect(span["error.type"] == (isError ? .string(errorClass.rawValue) : nil))
            #expect(span["pantograph.error.class"] == .string(errorClass.rawValue))
        }
    }

    @Test("Names", arguments: [("GET", "GET", nil), ("get", "HTTP", "get"), ("LINK", "HTTP", "LINK")] as [(String, String, String?)])
    func names(method: String, name: String, original: String?) throws {
        let span = try SpanFixtures.span(SpanFixtures.attempt(SpanFixtures.story(method: method)))
        #expect(span.name == name)
        #expect(span["http.request.method_original"] == original.map { .string($0) })
    }

    @Test("Every role and result is said", arguments: Role.allCases, DeliveryResult.allCases)
    func roles(role: Role, result: DeliveryResult) throws {
        let record = SpanFixtures.attempt(result: result, role: role)
        let span = try SpanFixtures.span(record)
        #expect(span["pantograph.role"] == .string(role.rawValue))
        #expect(span["pantograph.delivery.result"] == .string(result.rawValue))
    }

    @Test("An upstream or route that the configuration does not have breaks nothing", arguments: [-1, 2, .max])
    func unknownPlaces(index: Int) throws {
        let span = try SpanFixtures.span(SpanFixtures.attempt(SpanFixtures.story(route: index), upstream: index))
        #expect(span["pantograph.upstream"] == nil)
        #expect(span["pantograph.route"] == nil)
        #expect(span["http.request.method"] == .string("POST"))
    }
}
