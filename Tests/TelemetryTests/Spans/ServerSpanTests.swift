import Exchange
import Testing

@testable import Telemetry

@Suite("SERVER spans")
struct ServerSpanTests {
    @Test("A whole span, field by field")
    func whole() throws {
        let events = [SpanEvent("pantograph.skip", at: SpanFixtures.time(2_000_000), [("reason", .string("paused"))])]
        let span = try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(traceState: "a=1,b=2"), events: events))
        #expect(span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span.spanID == "00f067aa0ba902b7")
        #expect(span.parentSpanID == "b7ad6b7169203331")
        #expect(span.traceState == "a=1,b=2")
        #expect(span.flags == 0x303)
        #expect(span.name == "POST /orders/*")
        #expect(span.kind == 2)
        #expect(span.start == "1700000000000000000")
        #expect(span.end == "1700000000005000000")
        #expect(span.statusCode == 0 && span.statusMessage == nil)
        #expect(
            span.attributes == [
                "http.request.method": .string("POST"), "url.path": .string("/orders/7"), "url.query": .string("color=blue"),
                "url.scheme": .string("http"), "http.route": .string("/orders/*"), "pantograph.route": .string("orders"),
                "http.response.status_code": .int(200), "server.address": .string("localhost"), "server.port": .int(4100),
                "client.address": .string("127.0.0.1"), "user_agent.original": .string("curl/8.0"),
                "network.protocol.version": .string("1.1"), "http.request.body.size": .int(12), "http.response.body.size": .int(3456),
                "pantograph.exchange.id": .string("018bcfe5-6800-7abc-8123-456789abcdef"),
            ])
        #expect(span.events.count == 1)
        #expect(span.events.first?.name == "pantograph.skip")
        #expect(span.events.first?.time == "1700000000002000000")
        #expect(span.events.first?.attributes == ["reason": .string("paused")])
    }

    @Test("A root has no parent, and none is remote")
    func root() throws {
        let span = try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(parent: nil)))
        #expect(span.parentSpanID == nil)
        #expect(span.traceState == nil)
        #expect(span.flags == 0x103)
    }

    @Test("All flags of a trace, with and without a remote parent")
    func flags() {
        for bits in 0...255 as ClosedRange<UInt8> {
            let flags = TraceContext.Flags(rawValue: bits)
            #expect(SpanEncoder.flags(flags, parentIsRemote: true) == 0x300 | Int(bits))
            #expect(SpanEncoder.flags(flags, parentIsRemote: false) == 0x100 | Int(bits))
        }
    }

    @Test("Whatever is not known of the application is left out")
    func bare() throws {
        let story = SpanFixtures.story(target: "*", host: nil, agent: nil, route: nil, minorVersion: 0, client: nil)
        let span = try SpanFixtures.span(SpanFixtures.exchange(story, status: nil, errorClass: .cancelled))
        #expect(span.name == "POST")
        #expect(
            span.attributes == [
                "http.request.method": .string("POST"), "url.path": .string("*"), "url.scheme": .string("http"),
                "network.protocol.version": .string("1.0"), "http.request.body.size": .int(12), "http.response.body.size": .int(3456),
                "error.type": .string("cancelled"), "pantograph.error.class": .string("cancelled"),
                "pantograph.exchange.id": .string("018bcfe5-6800-7abc-8123-456789abcdef"),
            ])
        #expect(span.statusCode == 2)
    }

    @Test(
        "Names and methods",
        arguments: [
            ("GET", 0, "GET /orders/*", "GET", nil), ("GET", nil, "GET", "GET", nil), ("get", 0, "HTTP /orders/*", "_OTHER", "get"),
            ("PURGE", nil, "HTTP", "_OTHER", "PURGE"), ("PATCH", 1, "PATCH /\"quoted\"/**", "PATCH", nil), ("", nil, "HTTP", "_OTHER", nil),
            // A route that the configuration does not have.
            ("GET", 2, "GET", "GET", nil), ("GET", -1, "GET", "GET", nil),
        ] as [(String, Int?, String, String, String?)])
    func names(method: String, route: Int?, name: String, attribute: String, original: String?) throws {
        let span = try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(method: method, route: route)))
        #expect(span.name == name)
        #expect(span["http.request.method"] == .string(attribute))
        #expect(span["http.request.method_original"] == original.map { .string($0) })
    }

    @Test("Each status: 5xx is an error, 4xx is not")
    func statuses() throws {
        for status in 100...999 {
            let span = try SpanFixtures.span(SpanFixtures.exchange(status: status))
            #expect(span["http.response.status_code"] == .int(status))
            #expect(span.statusCode == (status >= 500 ? 2 : 0))
            #expect(span["error.type"] == (status >= 500 ? .string(String(status)) : nil))
            #expect(span["pantograph.error.class"] == nil)
            #expect(span.statusMessage == nil)
        }
    }

    @Test("Each error class, without a status, and with one of each kind", arguments: ErrorClass.allCases)
    func classes(errorClass: ErrorClass) throws {
        let isStatus = [.http4xx, .http429, .http5xx].contains(errorClass)
        for status in [nil, 200, 302, 400, 404, 429, 499, 500, 502, 504] as [Int?] {
            let span = try SpanFixtures.span(SpanFixtures.exchange(status: status, errorClass: errorClass))
            #expect(span["pantograph.error.class"] == .string(errorClass.rawValue))
            let expected: String? =
                switch status {
                case nil: errorClass.rawValue
                case .some(400..<500): nil
                case .some(let status) where status >= 500: isStatus ? String(status) : errorClass.rawValue
                case .some: isStatus ? nil : errorClass.rawValue
                }
            #expect(span["error.type"] == expected.map { .string($0) })
            #expect(span.statusCode == (expected == nil ? 0 : 2))
        }
    }

    @Test("An exchange that ended without status and reason is an error of no known type")
    func unknownEnd() throws {
        let span = try SpanFixtures.span(SpanFixtures.exchange(status: nil))
        #expect(span["error.type"] == .string("_OTHER"))
        #expect(span.statusCode == 2)
        #expect(span["http.response.status_code"] == nil)
    }

    @Test("No secret of the target or the Host is shown")
    func secrets() throws {
        let targets = ["/p?sig=s3cret&a=1", "/p?a=1&X-Amz-Signature=s3cret", "http://u:s3cret@host/p?Signature=s3cret", "http://u:s3cret@host"]
        for target in targets {
            let span = try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(target: target, host: "u:s3cret@host:1")))
            for (key, value) in span.attributes {
                guard case .string(let text) = value else { continue }
                #expect(!text.contains("s3cret"), "\(key) of \(target)")
            }
        }
        let span = try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(target: "/p?sig=s3cret&a=1")))
        #expect(span["url.query"] == .string("sig=REDACTED&a=1"))
    }

    @Test("An end before the start, by whatever fault, is the start")
    func order() throws {
        let record = SpanFixtures.exchange(endedAt: MonotonicTime(nanoseconds: 0))
        let span = try SpanFixtures.span(record)
        #expect(span.start == span.end)
    }

    @Test("What the configuration names is not in a span, and nothing else is missing for it")
    func redacted() throws {
        let redaction = Redaction(keys: ["api_key"], headers: ["user-agent", "HOST"])
        let story = SpanFixtures.story(target: "/orders/7?Api_Key=hush&b=1", agent: "hush")
        let written = SpanFixtures.batch(redaction: redaction).written([
            .exchange(SpanFixtures.exchange(story)), .attempt(SpanFixtures.attempt(story, target: "/v2/orders/7?Api_Key=hush&b=1")),
        ])
        let text = String(decoding: written, as: UTF8.self)
        #expect(!text.contains("hush") && !text.contains("user_agent.original") && !text.contains("localhost"))
        #expect(text.contains("/v2/orders/7?Api_Key=REDACTED&b=1") && text.contains("\"Api_Key=REDACTED&b=1\""))
    }
}
