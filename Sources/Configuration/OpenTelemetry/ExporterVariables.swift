internal import Exchange

extension OpenTelemetryEnvironment {
    func readExporter(into otlp: inout OTLPSettings) {
        if let endpoint = endpoint() { otlp.tracesEndpoint = endpoint }
        if let headers = headers() { otlp.headers = headers }
        if let variable = exporterVariable("TIMEOUT"), let milliseconds = number(variable.name, in: 1...3_600_000) {
            otlp.timeout = .milliseconds(milliseconds)
        }
        if let variable = exporterVariable("COMPRESSION") {
            if let compression = OTLPSettings.Compression(rawValue: variable.text.lowercased()) {
                otlp.compression = compression
            } else {
                warn(variable.name, "must be gzip or none")
            }
        }
        if let variable = exporterVariable("CERTIFICATE") { readCertificate(variable, into: &otlp) }
        if let variable = exporterVariable("PROTOCOL"), variable.text.lowercased() != "http/json" {
            warn(variable.name, "asks for a protocol other than http/json, the only one that spans are sent by")
        }
    }

    /// The endpoint for traces is used as it stands; the one for every signal gets `v1/traces` behind it.
    private func endpoint() -> String? {
        let name = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"].first { text($0) != nil }
        guard let name, let text = text(name) else { return nil }
        do {
            let isWhole = name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
            let endpoint = isWhole ? try EndpointText.asItStands(text) : try EndpointText.appended(to: text)
            if let doubt = EndpointText.doubt(about: endpoint) { self.doubt(name, doubt) }
            return endpoint
        } catch {
            warn(name, error.message, hint: error.hint)
            return nil
        }
    }

    /// A list as of W3C Baggage; the values are secrets and never shown.
    private func headers() -> [(name: String, value: Secret)]? {
        guard let variable = exporterVariable("HEADERS") else { return nil }
        guard let members = MemberList.parse(variable.text) else {
            warn(variable.name, "must be a list such as name=value,name=value, its values percent-encoded")
            return nil
        }
        let (usable, others) = members.reduce(into: ([(key: String, value: String)](), 0)) { parts, member in
            let isUsable =
                HeaderText.isToken(member.key) && HeaderText.isValue(member.value)
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

    func readBatching(into otlp: inout OTLPSettings) {
        if let delay = number("OTEL_BSP_SCHEDULE_DELAY", in: 1...3_600_000) { otlp.scheduleDelay = .milliseconds(delay) }
        if let queue = number("OTEL_BSP_MAX_QUEUE_SIZE", in: 1...1_000_000) { otlp.queue = queue }
        if let batch = number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", in: 1...100_000) { otlp.batch = batch }
        guard otlp.batch > otlp.queue else { return }
        if text("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") != nil {
            doubt("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "is larger than the queue (\(otlp.queue)), which is taken instead")
        }
        otlp.batch = otlp.queue
    }
}
