import Exchange
import Policy
import Testing

@Suite struct PropagationTests {
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"

    private func begin(
        _ fields: KeyValuePairs<String, String>, _ sampler: SamplerSettings = .parentBased(root: .alwaysOn), traceContext: Bool = true,
        numbers: [UInt64] = [0xA, 0xB, 0xC]
    ) -> (trace: TraceContext, parentSpanID: SpanID?, baggage: String?) {
        var generator = ScriptedGenerator(numbers: numbers)
        return Propagation(sampler: sampler, traceContext: traceContext, baggage: true).begin(Headers(fields), using: &generator)
    }

    @Test func aNewTrace() {
        let begun = begin([:])
        #expect(begun.trace == TraceContext(traceID: TraceID(high: 0xA, low: 0xB)!, spanID: SpanID(0xC)!, flags: [.sampled, .random]))
        #expect(begun.parentSpanID == nil)
    }

    /// Zero is no id; whatever else the generator gives is taken as it is.
    @Test func idsAreNeverZero() {
        #expect(begin([:], numbers: [0, 0, 0, 2, 0, 3]).trace.traceID == TraceID(high: 0, low: 2))
        #expect(begin([:], numbers: [0, 0, 0, 2, 0, 3]).trace.spanID == SpanID(3))
        #expect(begin([:], numbers: [1, 0, 3]).trace.traceID == TraceID(high: 1, low: 0))
    }

    @Test func aContinuedTrace() {
        let begun = begin(["traceparent": parent + "01", "tracestate": "a=1", "TraceState": "b=2"])
        let expected = TraceContext(
            traceID: TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c)!, spanID: SpanID(0xA)!, flags: .sampled,
            traceState: "a=1,b=2")
        #expect(begun.trace == expected)
        #expect(begun.parentSpanID == SpanID(0xb7ad_6b71_6920_3331))
    }

    /// Every flag byte with every sampler: `sampled` is the sampler's word, `random` the caller's, the others are none.
    @Test func flagsOfAContinuedTrace() {
        let samplers: [(SamplerSettings, (Bool) -> Bool)] = [
            (.alwaysOn, { _ in true }), (.alwaysOff, { _ in false }), (.ratio(1), { _ in true }), (.ratio(0), { _ in false }),
            (.parentBased(root: .alwaysOff), { $0 }), (.parentBased(root: .alwaysOn), { $0 }),
        ]
        for flags in UInt8.min...UInt8.max {
            for (sampler, decides) in samplers {
                let trace = begin(["traceparent": parent + String(Int(flags) + 256, radix: 16).dropFirst()], sampler).trace
                #expect(trace.isSampled == decides(flags & 1 != 0))
                #expect(trace.flags.contains(.random) == (flags & 2 != 0))
                #expect(trace.flags.rawValue < 4)
            }
        }
    }

    @Test func flagsOfANewTrace() {
        #expect(begin([:], .alwaysOff).trace.flags == .random)
        #expect(begin([:], .parentBased(root: .alwaysOff)).trace.flags == .random)
        #expect(begin(["traceparent": "x"], .parentBased(root: .ratio(1))).trace.flags == [.random, .sampled])
        #expect(begin([:], .ratio(0.5), numbers: [1, 0x80_0000_0000_0000, 1]).trace.isSampled)
        #expect(!begin([:], .ratio(0.5), numbers: [1, 0x7F_FFFF_FFFF_FFFF, 1]).trace.isSampled)
    }

    @Test func whereTraceContextIsOff() {
        let begun = begin(["traceparent": parent + "00", "tracestate": "a=1"], traceContext: false)
        #expect(begun.trace.traceID == TraceID(high: 0xA, low: 0xB))
        #expect(begun.trace.traceState == "" && begun.trace.isSampled && begun.parentSpanID == nil)
    }

    @Test func aBadStateDoesNotTouchTheParent() {
        let begun = begin(["tracestate": "A=1", "traceparent": parent + "01"])
        #expect(begun.parentSpanID != nil && begun.trace.traceState == "")
    }
}
