internal import Exchange

extension OpenTelemetryEnvironment {
    /// What variables are named after.
    enum Signal: String, CaseIterable {
        case traces = "TRACES"
        case metrics = "METRICS"
        case logs = "LOGS"

        /// Behind the collector's base URL.
        var path: String { "/v1/" + rawValue.lowercased() }
    }

    func readExporters() -> Exporters {
        var exporters = Exporters()
        readExporter(of: .traces, into: &exporters.traces)
        readBatching("OTEL_BSP", into: &exporters.traces)
        // What holds for every signal is complained of once.
        readExporter(of: .metrics, into: &exporters.metrics)
        if let interval = number("OTEL_METRIC_EXPORT_INTERVAL", in: 1...3_600_000) {
            exporters.metrics.scheduleDelay = .milliseconds(interval)
        }
        readExporter(of: .logs, into: &exporters.logs)
        readBatching("OTEL_BLRP", into: &exporters.logs)
        return exporters
    }

    private func readExporter(of signal: Signal, into otlp: inout OTLPSettings) {
        if let endpoint = endpoint(of: signal) { otlp.endpoint = endpoint }
        if let headers = headers(of: signal) { otlp.headers = headers }
        if let variable = exporterVariable("TIMEOUT", of: signal), let milliseconds = number(variable.name, in: 1...3_600_000) {
            otlp.timeout = .milliseconds(milliseconds)
        }
        if let variable = exporterVariable("COMPRESSION", of: signal) {
            if let compression = OTLPSettings.Compression(rawValue: variable.text.lowercased()) {
                otlp.compression = compression
            } else {
                warn(variable.name, "must be gzip or none")
            }
        }
        if let variable = exporterVariable("CERTIFICATE", of: signal) { readCertificate(variable, into: &otlp) }
        if let variable = exporterVariable("PROTOCOL", of: signal), variable.text.lowercased() != "http/json" {
            warn(variable.name, "asks for a protocol other than http/json, the only one that is spoken to a collector")
        }
    }

    /// A signal's own endpoint is used as it stands; the one for every signal gets its path behind it.
    private func endpoint(of signal: Signal) -> String? {
        let own = "OTEL_EXPORTER_OTLP_\(signal.rawValue)_ENDPOINT"
        let name = [own, "OTEL_EXPORTER_OTLP_ENDPOINT"].first { text($0) != nil }
        guard let name, let text = text(name) else { return nil }
        do {
            let endpoint = name == own ? try EndpointText.asItStands(text) : try EndpointText.appended(signal.path, to: text)
            if let doubt = EndpointText.doubt(about: endpoint) { self.doubt(name, doubt) }
            return endpoint
        } catch {
            warn(name, error.message, hint: error.hint)
            return nil
        }
    }

    /// A list as of W3C Baggage; the values are secrets and never shown.
    private func headers(of signal: Signal) -> [(name: String, value: Secret)]? {
        guard let variable = exporterVariable("HEADERS", of: signal) else { return nil }
        guard let members = MemberList.parse(variable.text) else {
            warn(variable.name, "must be a list such as name=value,name=value, its values percent-encoded")
            return nil
        }
        let (usable, others) = members.reduce(into: ([(key: String, value: String)](), 0)) { parts, member in
            let isUsable =
                Token.isWhole(member.key.utf8) && HeaderText.isValue(member.value)
                && HeaderText.objection(toExporting: member.key) == nil
            if isUsable { parts.0.append(member) } else { parts.1 += 1 }
        }
        if others > 0 { doubt(variable.name, "\(others) of its headers can't be sent and are left out") }
        return usable.map { ($0.key, .literal($0.value)) }
    }

    private func readCertificate(_ variable: (name: String, text: String), into otlp: inout OTLPSettings) {
        do {
            try CertificateFile.check(variable.text)
            otlp.certificateFile = variable.text
        } catch {
            warn(variable.name, error.message)
        }
    }

    private func readBatching(_ prefix: String, into otlp: inout OTLPSettings) {
        if let delay = number(prefix + "_SCHEDULE_DELAY", in: 1...3_600_000) { otlp.scheduleDelay = .milliseconds(delay) }
        if let queue = number(prefix + "_MAX_QUEUE_SIZE", in: 1...1_000_000) { otlp.queue = queue }
        if let batch = number(prefix + "_MAX_EXPORT_BATCH_SIZE", in: 1...100_000) { otlp.batch = batch }
        guard otlp.batch > otlp.queue else { return }
        if text(prefix + "_MAX_EXPORT_BATCH_SIZE") != nil {
            doubt(prefix + "_MAX_EXPORT_BATCH_SIZE", "is larger than the queue (\(otlp.queue)), which is taken instead")
        }
        otlp.batch = otlp.queue
    }
}

/// How each signal goes to a collector, where it does.
struct Exporters {
    var traces = OTLPSettings()
    var metrics = Exporters.settings("/v1/metrics", every: .seconds(60))
    var logs = Exporters.settings("/v1/logs", every: .seconds(1))

    private static func settings(_ path: String, every interval: Duration) -> OTLPSettings {
        var settings = OTLPSettings()
        settings.endpoint = settings.endpoint.replacing("/v1/traces", with: path)
        settings.scheduleDelay = interval
        return settings
    }
}
