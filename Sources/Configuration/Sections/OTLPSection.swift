internal import Exchange

extension OTLPSettings {
    mutating func read(_ section: Section) {
        if let value = section.value("endpoint"), let endpoint = value.read(as: EndpointText.base) {
            self.endpoint = endpoint
            if let doubt = EndpointText.doubt(about: endpoint) { value.warning(Complaint(doubt, code: .doubtful)) }
        }
        if let value = section.value("headers") { headers = readHeaders(value) }
        section.read("timeout", as: .duration(Bound.millisecond...Bound.hour), into: &timeout)
        if let value = section.value("compression") { compression = value.read(as: .word(Compression.self)) ?? compression }
        section.read("queue", as: .number(1...1_000_000), into: &queue)
        section.read("batch", as: .number(1...100_000), into: &batch)
        section.read("interval", as: .duration(Bound.millisecond...Bound.hour), into: &scheduleDelay)
        if let value = section.value("certificate") { certificateFile = CertificateFile.path(value) ?? certificateFile }
        guard batch > queue, !section.reading.isFaulty(section.trail) else { return }
        section.reading.error(
            Complaint("batch (\(batch)) is larger than queue (\(queue)), which it is taken from", code: .conflict),
            at: section.trail.key(section.has("batch") ? "batch" : "queue"))
    }

    private func readHeaders(_ value: Value) -> [(name: String, value: Secret)] {
        var fields: [(name: String, value: Secret)] = []
        for (name, value) in value.entries(expecting: "headers by name, such as { api-key: { env: NAME } }") ?? [] {
            guard Token.isWhole(name.utf8) else {
                value.error(Complaint("'\(name.prefix(60))' is not a header's name"))
                continue
            }
            if let objection = HeaderText.objection(toExporting: name) {
                value.error(objection)
                continue
            }
            if let secret = SecretText.read(value) { fields.append((name, secret)) }
        }
        return fields
    }
}

extension HeaderText {
    /// Why a field can't go with exported spans; nil for one that can.
    static func objection(toExporting name: String) -> Complaint? {
        if ["content-type", "content-encoding", "user-agent"].contains(name.lowercased()) {
            return Complaint("\(name) is written by the exporter itself", code: .forbiddenHeader, hint: "leave it out")
        }
        return objection(toSetting: name)
    }
}

/// Where spans go (OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP").
enum EndpointText {
    static let expected = "a collector's URL such as http://127.0.0.1:4318"

    /// A base that `/v1/traces` is put behind, unless it stands there already.
    static let base = Form<String>(expected) { text throws(Complaint) in try traces(base: text) }

    static func traces(base text: String) throws(Complaint) -> String {
        var url: BaseURL
        do {
            url = try BaseURLText.parse(text)
        } catch {
            throw shown(error, text)
        }
        if !url.pathPrefix.hasSuffix("/v1/traces") { url.pathPrefix += "/v1/traces" }
        return url.description
    }

    /// A base that a signal's path is put behind, whatever stands there.
    static func appended(_ path: String, to text: String) throws(Complaint) -> String {
        do {
            return try BaseURLText.parse(text).description + path
        } catch {
            throw shown(error, text)
        }
    }

    /// A signal's endpoint as it stands; without a path it is `/`.
    static func asItStands(_ text: String) throws(Complaint) -> String {
        let end = text.firstIndex { $0 == "?" } ?? text.endIndex
        let url: BaseURL
        do {
            url = try BaseURLText.parse(String(text[..<end]))
        } catch {
            throw shown(error, text)
        }
        return url.pathPrefix.isEmpty ? "\(url.origin)/\(text[end...])" : text
    }

    private static func shown(_ complaint: Complaint, _ text: String) -> Complaint {
        var complaint = complaint
        complaint.showsValue = !text.contains("@") && !text.contains("?")
        if text.contains("@") { complaint.hint = "a key for the collector belongs in headers" }
        return complaint
    }

    /// What is probably not meant; nil where nothing is.
    static func doubt(about endpoint: String) -> String? {
        guard let url = try? BaseURLText.parse(String(endpoint.prefix { $0 != "?" })), url.port == 4317 else { return nil }
        return "port 4317 is usually a collector's gRPC port; spans are sent as OTLP/HTTP, which is usually on 4318"
    }
}
