import NIOCore
import Testing

@testable import Playground

@Suite("Spans of OTLP-JSON")
struct SpanReaderTests {
    private func spans(_ text: String) throws -> [Span] {
        var spans: [Span] = []
        try Array(text.utf8).withUnsafeBytes { bytes in try SpanReader.read(bytes) { spans.append($0) } }
        return spans
    }

    @Test("a span's fields")
    func fields() throws {
        let text = #"""
            {"resourceSpans":[{"schemaUrl":"x","scopeSpans":[{"scope":{"name":"pantograph"},"spans":[{
              "traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","parentSpanId":"53995c3f42cd8ad8","flags":257,
              "name":"POST","kind":3,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000014200000",
              "attributes":[{"key":"pantograph.upstream","value":{"stringValue":"shipping"}},{"key":"pantograph.role","value":{"stringValue":"mirror"}},
                {"key":"http.response.status_code","value":{"intValue":"503"}},{"key":"http.request.resend_count","value":{"intValue":2}},
                {"key":"error.type","value":{"stringValue":"503"}},{"key":"pantograph.error.class","value":{"stringValue":"http_5xx"}},
                {"key":"pantograph.delivery.result","value":{"stringValue":"dead"}},{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}}],
              "events":[{"timeUnixNano":"1","name":"retry","attributes":[]}],"status":{"code":2,"message":"x"}}]}],
              "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]}}]}
            """#
        var expected = Span()
        expected.traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
        expected.spanID = "00f067aa0ba902b7"
        expected.parentID = "53995c3f42cd8ad8"
        expected.name = "POST"
        expected.kind = .client
        expected.start = 1_700_000_000_000_000_000
        expected.end = 1_700_000_000_014_200_000
        expected.isError = true
        expected.service = "checkout"
        expected.upstream = "shipping"
        expected.role = "mirror"
        expected.status = 503
        expected.errorClass = "http_5xx"
        expected.result = "dead"
        expected.resendCount = 2
        expected.events = ["retry"]
        #expect(try spans(text) == [expected])
        #expect(expected.duration == 14_200_000)
    }

    @Test("bounds: long texts are cut, and events beyond sixteen go")
    func bounds() throws {
        let events = (0..<20).map { "{\"name\":\"e\($0)\"}" }.joined(separator: ",")
        let text = """
            {"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\(String(repeating: "n", count: 5000))","kind":99,"events":[\(events)]}]}]}]}
            """
        let span = try #require(try spans(text).first)
        #expect(span.name.count == 200)
        #expect(span.events.count == 16)
        #expect(span.kind == .unspecified)
    }

    @Test("what is no trace request is refused", arguments: [
        "", "[]", "null", #"{"resourceSpans":{}}"#, #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":1}]}]}]}"#,
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]}"#, #"{"resourceSpans":[]} x"#,
    ])
    func faults(text: String) {
        #expect(throws: JSONReader.Fault.self) { try spans(text) }
    }

    @Test("an empty request has no spans", arguments: ["{}", #"{"resourceSpans":[]}"#, #"{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}"#])
    func empty(text: String) throws {
        #expect(try spans(text).isEmpty)
    }

    /// `gzip -9n` of `hello\n`.
    private let packed: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00, 0x20, 0x30, 0x3a, 0x36,
        0x06, 0x00, 0x00, 0x00,
    ]

    @Test("gzip is unpacked up to its bound")
    func gunzip() {
        #expect(Gunzip.unpack(ByteBuffer(bytes: packed), limit: 6) == ByteBuffer(string: "hello\n"))
        #expect(Gunzip.unpack(ByteBuffer(bytes: packed), limit: 5) == nil)
    }

    @Test("gzip that is cut or changed is refused")
    func brokenGzip() {
        for length in 0..<packed.count { #expect(Gunzip.unpack(ByteBuffer(bytes: packed.prefix(length)), limit: 100) == nil) }
        for place in [0, 1, 2, 12, 18, 22] {
            var broken = packed
            broken[place] ^= 0xFF
            #expect(Gunzip.unpack(ByteBuffer(bytes: broken), limit: 100) == nil, "byte \(place)")
        }
    }
}
