internal import Exchange

/// Whether a trace is recorded: the samplers that `OTEL_TRACES_SAMPLER` names (OpenTelemetry SDK specification, trace, «Built-in
/// samplers»), taken apart once.
struct Sampler: Sendable {
    /// Whether the application's word, where it sends one, decides.
    private let followsParent: Bool
    /// The trace is recorded where its randomness is this or more: the rejection threshold of OpenTelemetry's probability
    /// sampling, out of 2^56.
    private let threshold: UInt64

    private static let all: UInt64 = 1 << 56

    init(_ settings: SamplerSettings) {
        var settings = settings
        var followsParent = false
        while case .parentBased(let root) = settings {
            followsParent = true
            settings = root
        }
        self.followsParent = followsParent
        self.threshold = Sampler.threshold(settings)
    }

    private static func threshold(_ settings: SamplerSettings) -> UInt64 {
        switch settings {
        case .alwaysOn: 0
        case .alwaysOff, .parentBased: all
        case .ratio(let ratio):
            // The comparison is false for what is not a number, which then records nothing.
            ratio > 0 ? all - UInt64((min(ratio, 1) * Double(all)).rounded()) : all
        }
    }

    /// Decides by the right-most 56 bits of the trace id, which Level 2 of Trace Context promises to be random: every trace
    /// that a lower ratio records is recorded by a higher one too, here and in any other sampler that follows the
    /// specification.
    func samples(_ traceID: TraceID, parent: TraceContext.Flags?) -> Bool {
        if followsParent, let parent { return parent.contains(.sampled) }
        return traceID.low & (Sampler.all - 1) >= threshold
    }
}
