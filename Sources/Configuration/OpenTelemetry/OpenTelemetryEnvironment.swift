internal import Exchange

/// The OpenTelemetry environment variables ("Environment Variable Specification" and "OTLP Exporter Configuration").
///
/// They fill in what the file leaves out: a key that the file has wins, since it was written for pantograph alone. A value
/// that can't be used is a warning and the default, as the specification asks, never the end of the process.
struct OpenTelemetryEnvironment {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    /// - Returns: how each signal would be exported, also where the environment says that it is not: the file may say otherwise.
    func read(into settings: inout TelemetrySettings) -> Exporters {
        checkDisabled()
        readResource(into: &settings)
        readPropagators(into: &settings)
        if let sampler = sampler() { settings.sampler = sampler }
        let exporters = readExporters()
        settings.otlp = exports(.traces) ? exporters.traces : nil
        settings.metrics = exports(.metrics) ? exporters.metrics : nil
        settings.logs = exports(.logs) ? exporters.logs : nil
        return exporters
    }

    // MARK: Variables

    /// An empty variable is one that is not set.
    func text(_ name: String) -> String? {
        reading.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The variable for the signal where it is set, else the one for every signal.
    func exporterVariable(_ suffix: String, of signal: Signal) -> (name: String, text: String)? {
        for name in ["OTEL_EXPORTER_OTLP_\(signal.rawValue)_\(suffix)", "OTEL_EXPORTER_OTLP_\(suffix)"] {
            if let text = text(name) { return (name, text) }
        }
        return nil
    }

    /// Words are compared without their case.
    func word(_ name: String) -> String? { text(name)?.lowercased() }

    func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        if text.utf8.count <= 18, let number = Int(text), range.contains(number) { return number }
        warn(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    func warn(_ name: String, _ message: String, hint: String? = nil) {
        reading.warning(variable: name, "\(message); the variable is ignored", hint: hint)
    }

    /// A warning about a variable that is used all the same.
    func doubt(_ name: String, _ message: String, hint: String? = nil) {
        reading.warning(variable: name, message, hint: hint)
    }

    // MARK: What they say

    /// Only `true` disables, whatever its case; anything else is false.
    private var isDisabled: Bool { word("OTEL_SDK_DISABLED") == "true" }

    private func checkDisabled() {
        guard let word = word("OTEL_SDK_DISABLED"), word != "true", word != "false" else { return }
        warn("OTEL_SDK_DISABLED", "must be true or false")
    }

    /// Spans unless it is said otherwise; metrics, which can be scraped, and the log, which is written, only where it is said.
    private func exports(_ signal: Signal) -> Bool {
        if isDisabled { return false }
        let name = "OTEL_\(signal.rawValue)_EXPORTER"
        guard let word = word(name), word != "otlp" else { return text(name) != nil || signal == .traces }
        if word != "none" { warn(name, "must be otlp or none: no other exporter is built in") }
        return word != "none" && signal == .traces
    }

    private func readPropagators(into settings: inout TelemetrySettings) {
        guard let text = word("OTEL_PROPAGATORS") else { return }
        let words = text.split(separator: ",").map { $0.drop { $0 == " " }.prefix { $0 != " " } }
        let known = words.filter { ["tracecontext", "baggage", "none"].contains($0) }
        for word in Set(words).subtracting(known).sorted() {
            doubt("OTEL_PROPAGATORS", "'\(word.prefix(32))' is not spoken and left out", hint: "known: tracecontext, baggage, none")
        }
        guard !known.isEmpty else { return }
        settings.propagatesTraceContext = known.contains("tracecontext") && !known.contains("none")
        settings.propagatesBaggage = known.contains("baggage") && !known.contains("none")
    }

    private func sampler() -> SamplerSettings? {
        guard let word = word("OTEL_TRACES_SAMPLER") else {
            if text("OTEL_TRACES_SAMPLER_ARG") != nil {
                warn("OTEL_TRACES_SAMPLER_ARG", "has no effect without OTEL_TRACES_SAMPLER")
            }
            return nil
        }
        switch word {
        case "always_on": return .alwaysOn
        case "always_off": return .alwaysOff
        case "traceidratio": return .ratio(samplerRatio)
        case "parentbased_always_on": return .parentBased(root: .alwaysOn)
        case "parentbased_always_off": return .parentBased(root: .alwaysOff)
        case "parentbased_traceidratio": return .parentBased(root: .ratio(samplerRatio))
        default:
            warn(
                "OTEL_TRACES_SAMPLER", "names a sampler that is not built in",
                hint:
                    "known: always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio"
            )
            return nil
        }
    }

    private var samplerRatio: Double {
        guard let text = text("OTEL_TRACES_SAMPLER_ARG") else { return 1 }
        if let ratio = try? Form<Double>.ratio.parse(text) { return ratio }
        warn("OTEL_TRACES_SAMPLER_ARG", "must be a number from 0 to 1")
        return 1
    }
}
