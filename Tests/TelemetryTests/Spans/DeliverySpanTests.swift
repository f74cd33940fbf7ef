import Exchange
import Testing

@testable import Telemetry

@Suite("INTERNAL spans of spooled deliveries")
struct DeliverySpanTests {
    @Test("A whole span, field by field")
    func whole() throws {
        let events = [SpanEvent("pantograph.breaker.opened", at: SpanFixtures.time(4_000_000), [("n", .int(1))])]
        var context = SpanFixtures.deliverySpan
        context.traceState = "a=1"
        let span = try SpanFixtures.span(SpanFixtures.delivery(span: context, events: events))
        #expect(span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span.spanID == "000000000000000d")
        #expect(span.parentSpanID == "00f067aa0ba902b7")
        #expect(span.traceState == "a=1")
        #expect(span.flags == 0x103)
        #expect(span.name == "deliver shipping")
        #expect(span.kind == 1)
        #expect(span.start == "1699999940000000000")
        #expect(span.end == "1700000000005000000")
        #expect(span.statusCode == 0)
        #expect(
            span.attributes == [
                "pantograph.exchange.id": .string("018bcfe5-6800-7abc-8123-456789abcdef"), "pantograph.route": .string("orders"),
                "pantograph.upstream": .string("shipping"), "pantograph.role": .string("mirror"),
                "pantograph.delivery.result": .string("delivered"), "pantograph.delivery.attempts": .int(3),
            ])
        #expect(span.events.map(\.name) == ["pantograph.breaker.opened"])
        #expect(span.events.first?.time == "1700000000004000000")
        #expect(span.links.isEmpty)
    }

    @Test("A replay's is the root of its own trace and links to the first run's span")
    func replay() throws {
        let first = TraceContext(
            traceID: try #require(TraceID(high: 0xF00D, low: 1)), spanID: try #require(SpanID(0xBEEF)), flags: [.sampled], traceState: "b=\"2\"")
        let span = try SpanFixtures.span(SpanFixtures.delivery(parent: nil, link: first))
        #expect(span.parentSpanID == nil)
        #expect(span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        let link = try #require(span.links.first)
        #expect(span.links.count == 1)
        #expect(link.traceID == "000000000000f00d0000000000000001")
        #expect(link.spanID == "000000000000beef")
        #expect(link.traceState == "b=\"2\"")
        #expect(link.flags == 0x101)
        #expect(link.attributes.isEmpty)
    }

    @Test("A link's flags are the linked span's own, and its trace state is left out where it is none or too long")
    func linkBounds() throws {
        var first = SpanFixtures.deliverySpan
        first.flags = []
        for state in ["", String(repeating: "a", count: SpanEncoder.longestTraceState + 1)] {
            first.traceState = state
            let link = try #require(SpanFixtures.span(SpanFixtures.delivery(link: first)).links.first)
            #expect(link.traceState == nil)
            #expect(link.flags == 0x100)
        }
    }

    @Test("Each end: only a dead one is an error", arguments: DeliveryResult.allCases)
    func results(result: DeliveryResult) throws {
        for errorClass in [nil, .http5xx, .reset] as [ErrorClass?] {
            let span = try SpanFixtures.span(SpanFixtures.delivery(result: result, errorClass: errorClass))
            #expect(span["pantograph.delivery.result"] == .string(result.rawValue))
            #expect(span["pantograph.error.class"] == errorClass.map { .string($0.rawValue) })
            #expect(span.statusCode == (result == .dead ? 2 : 0))
            #expect(span["error.type"] == (result == .dead ? .string(errorClass?.rawValue ?? "_OTHER") : nil))
        }
    }

    @Test("A skipped one says why", arguments: SkipReason.allCases)
    func skipped(reason: SkipReason) throws {
        let span = try SpanFixtures.span(SpanFixtures.delivery(result: .skipped, reason: reason, attempts: 0))
        #expect(span["pantograph.skip.reason"] == .string(reason.rawValue))
        #expect(span["pantograph.delivery.attempts"] == .int(0))
    }

    @Test("A compensating call is called so")
    func compensation() throws {
        let span = try SpanFixtures.span(SpanFixtures.delivery(upstream: 0, result: .compensated, isCompensation: true))
        #expect(span.name == "compensate inventory")
        #expect(span.kind == 1)
    }

    @Test("An upstream or route that the configuration does not have breaks nothing", arguments: [-1, 2, .max])
    func unknownPlaces(index: Int) throws {
        let span = try SpanFixtures.span(SpanFixtures.delivery(SpanFixtures.story(route: index), upstream: index))
        #expect(span.name == "deliver")
        #expect(span["pantograph.upstream"] == nil)
        #expect(span["pantograph.route"] == nil)
        #expect(try SpanFixtures.span(SpanFixtures.delivery(SpanFixtures.story(route: nil)))["pantograph.route"] == nil)
    }

    @Test("A calendar clock that was set back leaves no span that ends before it starts")
    func clockSetBack() throws {
        var record = SpanFixtures.delivery()
        record.endedAt = WallTime(nanosecondsSinceEpoch: 5)
        let span = try SpanFixtures.span(record)
        #expect(span.start == "1699999940000000000")
        #expect(span.end == span.start)
    }

    @Test("Names and texts that need escaping stay whole beside spans of the other kinds")
    func hostile() throws {
        let name = "ship\"}]}\n\\😀"
        let upstreams = [UpstreamSettings(name: name, url: SpanFixtures.upstreams[0].url)]
        let events = (0..<300).map { _ in SpanEvent(name, at: SpanFixtures.time(1), [(name, .string(name))]) }
        let written = SpanFixtures.batch(upstreams: upstreams).written([
            .exchange(SpanFixtures.exchange()),
            .delivery(SpanFixtures.delivery(upstream: 0, link: SpanFixtures.deliverySpan, events: events)),
            .attempt(SpanFixtures.attempt()),
        ])
        let spans = try ExportedBatch(written).spans
        #expect(spans.map(\.kind) == [2, 1, 3])
        #expect(spans[1].name == "deliver \(name)")
        #expect(spans[1]["pantograph.upstream"] == .string(name))
        #expect(spans[1].droppedEvents == 300 - 128)
        #expect(spans[1].links.count == 1)
    }
}
