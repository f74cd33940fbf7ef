import Exchange
import Testing

@testable import Telemetry

@Suite("Spans kept by their form until they are read")
struct SpanBatchTests {
    /// What the same spans are where each is written out.
    private func writtenOut(_ records: [SpanRecord]) -> [UInt8] {
        var encoder = SpanEncoder(upstreams: SpanFixtures.upstreams, routes: SpanFixtures.routes)
        let resource = SpanResource(TelemetrySettings(), version: "1.2.3", process: SpanFixtures.process)
        var text = OTLPRequest.opening("resourceSpans", "scopeSpans", "spans", resource, version: "1.2.3")
        for (number, record) in records.enumerated() {
            encoder.json.clear()
            encoder.write(record)
            text += (number > 0 ? [UInt8(ascii: ",")] : []) + encoder.json.array
        }
        return text + Array("\(OTLPRequest.closing)".utf8)
    }

    /// Both kinds in every shape that changes more than what is put into a form, and several of each that do not.
    private static let records: [SpanRecord] = {
        let stories: [ExchangeStory] = [
            SpanFixtures.story(), SpanFixtures.story(target: "/"), SpanFixtures.story(target: "*", parent: nil),
            SpanFixtures.story(method: "BREW", target: "/a\"b?token=hush&c=d", host: nil, agent: nil, route: nil),
            SpanFixtures.story(target: "http://u:p@h/x?", flags: [.sampled]), SpanFixtures.story(minorVersion: 0, client: nil),
            SpanFixtures.story(traceState: "a=b"), SpanFixtures.story(host: "[::1]:80", agent: "other \"agent\""),
            // The same to Unicode, and not the same bytes.
            SpanFixtures.story(agent: "caf\u{E9}"), SpanFixtures.story(agent: "cafe\u{301}"), SpanFixtures.story(host: "\u{E9}.example"),
            SpanFixtures.story(host: "e\u{301}.example"), SpanFixtures.story(route: 1, client: "::1"), SpanFixtures.story(target: String(repeating: "/long", count: 2000)),
        ]
        let statuses: [(Int?, ErrorClass?)] = [(200, nil), (204, nil), (399, nil), (404, .http4xx), (404, nil), (503, .http5xx), (nil, .reset), (nil, nil)]
        var records: [SpanRecord] = []
        for story in stories {
            for (status, errorClass) in statuses {
                records.append(.exchange(SpanFixtures.exchange(story, status: status, errorClass: errorClass, endedAt: SpanFixtures.time(7))))
                for upstream in 0...2 {
                    for (role, result) in [(Role.primary, DeliveryResult.delivered), (.mirror, .delivered), (.mirror, .dead)] {
                        let record = SpanFixtures.attempt(
                            story, upstream: upstream, target: story.target, status: status, errorClass: errorClass, detail: errorClass?.rawValue ?? "",
                            result: result, role: role)
                        records.append(.attempt(record))
                        records.append(.attempt(record.changed { ($0.peerAddress, $0.requestBodyBytes, $0.responseBodyBytes) = ("::1", 0, .max) }))
                    }
                }
            }
            records.append(.delivery(SpanFixtures.delivery(story)))
            records.append(.attempt(SpanFixtures.attempt(story, resendCount: 1)))
            records.append(.attempt(SpanFixtures.attempt(story, parent: SpanFixtures.parentID)))
            records.append(.attempt(SpanFixtures.attempt(story, events: [SpanEvent("e", at: SpanFixtures.time(1))])))
        }
        return records
    }()

    @Test("A span says the same by its form as it does written out", arguments: [1, 2, 3])
    func same(turns: Int) {
        let batch = SpanFixtures.batch()
        let expected = writtenOut(Self.records)
        // From the second time on forms are there that the first has made.
        for _ in 0..<turns { #expect(batch.written(Self.records) == expected) }
        #expect(batch.count == expected.count)
    }

    @Test("Each span alone, before and after its like")
    func oneByOne() {
        let batch = SpanFixtures.batch()
        for record in Self.records {
            let expected = writtenOut([record, record])
            #expect(batch.written([record, record]) == expected)
            #expect(batch.count == expected.count)
        }
    }

    @Test("More forms than are kept: spans of others are written out, and the next request begins anew")
    func manyForms() throws {
        let records = (0..<SpanBatch.mostForms + 20).flatMap { number -> [SpanRecord] in
            let story = SpanFixtures.story(method: "M\(number)", agent: "agent \(number)")
            return [.exchange(SpanFixtures.exchange(story)), .attempt(SpanFixtures.attempt(story))]
        }
        let batch = SpanFixtures.batch()
        for _ in 0..<3 {
            #expect(batch.written(records) == writtenOut(records))
            #expect(batch.forms == 2 * SpanBatch.mostForms)
        }
        _ = batch.written([.exchange(SpanFixtures.exchange())])
        #expect(batch.forms == 1)
    }

    @Test("Read in parts of any size, and from the front again", arguments: [1, 2, 7, 100, 1000, 65_536])
    func parts(size: Int) {
        let batch = SpanFixtures.batch()
        let records = Array(Self.records.prefix(40))
        let expected = writtenOut(records)
        _ = batch.written(records)
        #expect(batch.whole(inPartsOf: size) == expected)
        var part = [UInt8](repeating: 0, count: size)
        batch.rewind()
        _ = part.withUnsafeMutableBytes { batch.read(into: $0) }
        #expect(batch.whole(inPartsOf: size) == expected)
        let behind = part.withUnsafeMutableBytes { batch.read(into: $0) }
        #expect(behind == 0)
    }
}
