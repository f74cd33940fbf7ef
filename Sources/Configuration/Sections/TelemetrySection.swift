internal import Exchange

extension TelemetrySettings {
    /// `self` holds what the environment says: a key of the file wins over it.
    ///
    /// - Parameter exporters: what the file's `otlp` starts from.
    mutating func read(_ section: Section, exporters: Exporters) {
        section.read("service_name", as: .line("a name"), into: &serviceName)
        if let value = section.value("otlp") { readOTLP(value, exporters) }
        if let value = section.value("sampler"), let read = SamplerSettings.read(value) { sampler = read }
        tail = section.value("tail").flatMap(TailSettings.read)
        section.section("redact") { redaction = Redaction.read($0) ?? redaction }
        section.section("log") { log.read($0) }
        guard tail != nil, otlp == nil, !section.reading.isFaulty(section.trail) else { return }
        section.reading.warning(
            Complaint("spans are not exported, so there is nothing for tail to keep", code: .doubtful), at: section.trail.key("tail"))
    }

    private mutating func readOTLP(_ value: Value, _ exporters: Exporters) {
        let expected = "a block such as { endpoint: http://127.0.0.1:4318 }, or false"
        if value.isScalar {
            guard let isOn = value.read(as: .flag(expected: expected)) else { return }
            otlp = isOn ? exporters.traces : nil
            if !isOn { (metrics, logs) = (nil, nil) }
            return
        }
        var settings = exporters.traces
        value.section(expecting: expected) { section -> Void in
            settings.read(section)
            metrics = exported(metrics, exporters.metrics, "metrics", section, settings)
            logs = exported(logs, exporters.logs, "logs", section, settings)
        }
        otlp = settings
    }

    /// - Parameters:
    ///   - current: what the environment says; nil where it says nothing of exporting this signal.
    ///   - base: how the signal is exported where it is.
    ///   - key: the signal's flag, and the end of its path.
    ///   - traces: what the block says of traces, which holds for this signal too.
    private func exported(
        _ current: OTLPSettings?, _ base: OTLPSettings, _ key: String, _ section: Section, _ traces: OTLPSettings
    ) -> OTLPSettings? {
        var isOn = current != nil
        section.read(key, as: .flag, into: &isOn)
        guard isOn else { return nil }
        var settings = base
        if section.has("endpoint") { settings.endpoint = traces.endpoint.replacing("/v1/traces", with: "/v1/" + key) }
        if section.has("headers") { settings.headers = traces.headers }
        if section.has("timeout") { settings.timeout = traces.timeout }
        if section.has("compression") { settings.compression = traces.compression }
        if section.has("certificate") { settings.certificateFile = traces.certificateFile }
        if section.has("queue") { settings.queue = traces.queue }
        if section.has("batch") { settings.batch = traces.batch }
        return settings
    }
}

extension LogSettings {
    fileprivate mutating func read(_ section: Section) {
        section.read("level", as: .word(Level.self), into: &level)
        guard let value = section.value("access") else { return }
        guard value.isMapping else {
            if let flag = value.read(as: .flag(expected: "true, false or { sample: 0.1 }")) { access = flag }
            return
        }
        access = true
        value.section { section -> Void in
            guard let sample = section.required("sample", example: "sample: 0.1")?.read(as: .ratio) else { return }
            accessSample = sample
        }
    }
}

extension SamplerSettings {
    private enum Word: String, CaseIterable, Sendable {
        case alwaysOn = "always_on"
        case alwaysOff = "always_off"
        case parentBasedAlwaysOn = "parentbased_always_on"
        case parentBasedAlwaysOff = "parentbased_always_off"

        var sampler: SamplerSettings {
            switch self {
            case .alwaysOn: .alwaysOn
            case .alwaysOff: .alwaysOff
            case .parentBasedAlwaysOn: .parentBased(root: .alwaysOn)
            case .parentBasedAlwaysOff: .parentBased(root: .alwaysOff)
            }
        }
    }

    fileprivate static func read(_ value: Value) -> SamplerSettings? {
        guard value.isMapping else { return value.read(as: .word(Word.self))?.sampler }
        return value.section { section -> SamplerSettings? in
            switch (section.value("ratio"), section.value("parentbased_ratio")) {
            case (let ratio?, nil): return ratio.read(as: .ratio).map { .ratio($0) }
            case (nil, let ratio?): return ratio.read(as: .ratio).map { .parentBased(root: .ratio($0)) }
            case (nil, nil):
                section.reading.error(
                    Complaint("the sampler has no ratio", code: .missingValue, hint: "write ratio or parentbased_ratio"),
                    at: section.trail)
            case (.some, .some):
                section.reading.error(
                    Complaint("a sampler has one of ratio and parentbased_ratio", code: .conflict), at: section.trail)
            }
            return nil
        } ?? nil
    }
}
