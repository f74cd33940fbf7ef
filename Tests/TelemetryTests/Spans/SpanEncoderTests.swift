import Exchange
import Testing

@testable import Telemetry

@Suite("Requests to the collector")
struct SpanEncoderTests {
    @Test("Many spans of both kinds are one document, in order")
    func many() throws {
        let records = (0..<100).map { number -> SpanRecord in
            number % 3 == 0
                ? .exchange(SpanFixtures.exchange(SpanFixtures.story(target: "/\(number)")))
                : .attempt(SpanFixtures.attempt(target: "/\(number)", resendCount: number))
        }
        let batch = try SpanFixtures.encoded(records)
        #expect(batch.spans.map(\.kind) == (0..<100).map { $0 % 3 == 0 ? 2 : 3 })
        for (number, span) in batch.spans.enumerated() {
            #expect(number % 3 == 0 ? span["url.path"] == .string("/\(number)") : span["http.request.resend_count"] == .int(number))
        }
        #expect(batch.scope == ["name": "pantograph", "version": "1.2.3"])
    }

    @Test("The storage serves one request after another and keeps nothing of the last")
    func again() throws {
        let batch = SpanFixtures.batch()
        for number in 1...3 {
            batch.begin()
            #expect(batch.elements == 0)
            for _ in 0..<number { batch.append(.exchange(SpanFixtures.exchange())) }
            batch.finish()
            #expect(batch.elements == number)
            #expect(try ExportedBatch(batch.whole()).spans.count == number)
        }
    }

    @Test("Texts of any kind from outside arrive as they are or cut short, and never break the document")
    func hostile() throws {
        let texts = [
            "\"}]}", "\\", "\u{0}\u{1}\u{1F}", "\u{2028}\u{2029}", "😀\u{10FFFF}", "\r\nX: y", String(decoding: [0xFF, 0xC0, 0x80], as: UTF8.self),
            String(repeating: "a", count: 1_000_000), String(repeating: "\u{0}", count: 100_000), String(repeating: "€", count: 5000),
        ]
        for text in texts {
            let story = SpanFixtures.story(
                method: text, target: "/" + text, host: text, agent: text, traceState: String(text.prefix(100)), client: text)
            let events = [SpanEvent(text, at: SpanFixtures.time(1), [(text, .string(text)), ("n", .int(.min))])]
            let attempt = SpanFixtures.attempt(
                story, target: "/" + text + "?" + text, status: nil, errorClass: .reset, detail: text, events: events
            ).changed {
                ($0.peerAddress, $0.protocolVersion) = (text, text)
                ($0.requestBodyBytes, $0.peerPort) = (.max, .min)
            }
            let batch = try SpanFixtures.encoded([.exchange(SpanFixtures.exchange(story, events: events)), .attempt(attempt)])
            for span in batch.spans {
                for case (_, .string(let value)) in span.attributes { #expect(value.utf8.count <= 4096 * 2 + 100) }
            }
            let agent = try #require(batch.spans.first?["user_agent.original"])
            guard case .string(let agent) = agent else { continue }
            #expect(agent.utf8.count == text.utf8.count || agent.utf8.count > 4096 - 4)
            #expect(text.utf8.starts(with: agent.utf8))
        }
    }

    @Test("One span is bounded, whatever it is made of")
    func bound() throws {
        let control = String(repeating: "\u{1}", count: 100_000)
        let events = (0..<300).map { _ in
            SpanEvent(control, at: SpanFixtures.time(1), (0..<200).map { ("\($0)", .string(control)) })
        }
        let story = SpanFixtures.story(method: control, target: "/\(control)?\(control)", host: control, agent: control, client: control)
        let batch = SpanFixtures.batch()
        batch.begin()
        let empty = batch.bytes
        batch.append(.exchange(SpanFixtures.exchange(story, events: events)))
        #expect(batch.bytes - empty < 512 * 1024)
        batch.finish()
        let span = try #require(ExportedBatch(batch.whole()).spans.first)
        #expect(span.droppedEvents + span.events.count == 300)
        #expect(span.droppedEvents > 0)
    }

    @Test("Events up to their number, the rest counted", arguments: [0, 1, 127, 128, 129, 1000])
    func events(number: Int) throws {
        let events = (0..<number).map { SpanEvent("e\($0)", at: SpanFixtures.time(UInt64($0))) }
        let span = try SpanFixtures.span(SpanFixtures.exchange(events: events))
        #expect(span.events.map(\.name) == events.prefix(128).map(\.name))
        #expect(span.droppedEvents == max(0, number - 128))
    }

    @Test("A trace state is kept whole, or not at all where it is longer than any that keeps to its limits")
    func traceState() throws {
        let member = "a=" + String(repeating: "b", count: 511)
        let longest = Array(repeating: member, count: 32).joined(separator: ",")
        #expect(try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(traceState: longest))).traceState == longest)
        let longer = longest + ",c=d"
        #expect(try SpanFixtures.span(SpanFixtures.exchange(SpanFixtures.story(traceState: longer))).traceState == nil)
    }

    // MARK: The resource

    @Test("Who the spans come from")
    func resource() throws {
        let batch = try SpanFixtures.encoded([.exchange(SpanFixtures.exchange())])
        #expect(
            batch.resource == [
                "service.name": .string("pantograph"), "service.version": .string("1.2.3"), "telemetry.sdk.name": .string("pantograph"),
                "telemetry.sdk.language": .string("swift"), "telemetry.sdk.version": .string("1.2.3"), "host.name": .string("box"),
                "process.pid": .int(42), "service.instance.id": .string("11111111-2222-4333-8444-555555555555"),
            ])
    }

    @Test("The configuration's attributes replace what was found out, but not the service's name or ours")
    func configuredResource() throws {
        var telemetry = TelemetrySettings()
        telemetry.serviceName = "checkout"
        telemetry.resourceAttributes = [
            ("deployment.environment.name", "pro\"d"), ("host.name", "pod-7"), ("service.instance.id", "i-1"), ("service.name", "other"),
            ("telemetry.sdk.name", "other"), ("service.version", "9"), ("deployment.environment.name", "twice"), ("", "nameless"),
        ]
        let batch = try SpanFixtures.encoded([.exchange(SpanFixtures.exchange())], telemetry)
        #expect(batch.resource["service.name"] == .string("checkout"))
        #expect(batch.resource["deployment.environment.name"] == .string("pro\"d"))
        #expect(batch.resource["host.name"] == .string("pod-7"))
        #expect(batch.resource["service.instance.id"] == .string("i-1"))
        #expect(batch.resource["telemetry.sdk.name"] == .string("pantograph"))
        #expect(batch.resource["service.version"] == .string("9"))
        #expect(batch.resource[""] == nil)
    }

    @Test("Another service's version is not ours to tell")
    func otherService() {
        var telemetry = TelemetrySettings()
        telemetry.serviceName = "checkout"
        let resource = SpanResource(telemetry, version: "1", process: SpanFixtures.process)
        #expect(!resource.attributes.contains { $0.key == "service.version" })
    }

    @Test("Resource attributes are bounded in number")
    func boundedResource() {
        var telemetry = TelemetrySettings()
        telemetry.resourceAttributes = (0..<1000).map { ("k\($0)", "v") }
        #expect(SpanResource(telemetry, version: "1", process: SpanFixtures.process).attributes.count == SpanResource.mostAttributes)
    }

    @Test("Each start of the process has an id of its own, a UUID of version 4")
    func instance() throws {
        let ids = (0..<100).map { _ in SpanProcess.current().instance }
        #expect(Set(ids).count == 100)
        for id in ids { #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil, "\(id)") }
        #expect(SpanProcess.current().id > 0)
    }
}
