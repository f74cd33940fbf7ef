package import Exchange

/// How an exchange takes its place in a trace: W3C Trace Context Level 1 and 2, and W3C Baggage.
package struct Propagation: Sendable {
    private let sampler: Sampler
    private let traceContext: Bool
    private let baggage: Bool

    /// - Parameters:
    ///   - traceContext: whether `traceparent` and `tracestate` are read; where not, every exchange begins a trace.
    ///   - baggage: whether `baggage` is held to its bounds; where not, it is not looked at.
    package init(sampler: SamplerSettings, traceContext: Bool, baggage: Bool) {
        self.sampler = Sampler(sampler)
        self.traceContext = traceContext
        self.baggage = baggage
    }

    /// The SERVER span's context: continued or new, sampling decided.
    ///
    /// No `traceparent`, more than one, or one that is not valid begins a new trace, and `tracestate` is then dropped (Trace
    /// Context 4.2, 4.3). A trace that is continued keeps its `random` flag as it came; a new one has it set.
    ///
    /// - Returns: the context; the application's span where the trace is continued; and what is to be sent in place of the
    ///   application's `baggage` fields, nil where they may pass as they are.
    package func begin(
        _ headers: Headers, using generator: inout some RandomNumberGenerator
    ) -> (trace: TraceContext, parentSpanID: SpanID?, baggage: String?) {
        let received = read(headers)
        guard let parent = received.parent else {
            let traceID = TraceID(using: &generator)
            let flags: TraceContext.Flags = sampler.samples(traceID, parent: nil) ? .randomAndSampled : .random
            let trace = TraceContext(traceID: traceID, spanID: SpanID(using: &generator), flags: flags)
            return (trace, nil, received.baggage)
        }
        var flags = parent.flags.subtracting(.sampled)
        if sampler.samples(parent.traceID, parent: parent.flags) { flags.insert(.sampled) }
        let trace = TraceContext(
            traceID: parent.traceID, spanID: SpanID(using: &generator), flags: flags, traceState: received.state)
        return (trace, parent.parentID, received.baggage)
    }

    private func read(_ headers: Headers) -> (parent: TraceParent?, state: String, baggage: String?) {
        var parents = 0
        var parent: TraceParent?
        var state: TraceState?
        var size = BaggageSize()
        headers.forEach { name, value in
            switch TraceField(name) {
            case .parent where traceContext:
                parents += 1
                parent = TraceParent(value)
            case .state where traceContext:
                if state == nil { state = TraceState() }
                state?.add(value)
            case .baggage where baggage:
                size.add(value)
            default: break
            }
        }
        let isContinued = parents == 1 && parent != nil
        return (isContinued ? parent : nil, isContinued ? state?.text() ?? "" : "", size.isWithinBounds ? nil : Baggage.cut(headers))
    }
}

/// The fields that carry a trace. Their lengths differ, so that nearly every other field is told from them by its own.
enum TraceField {
    case parent
    case state
    case baggage

    init?(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 11 where Headers.equal(name, literal: "traceparent"): self = .parent
        case 10 where Headers.equal(name, literal: "tracestate"): self = .state
        case 7 where Headers.equal(name, literal: "baggage"): self = .baggage
        default: return nil
        }
    }
}
