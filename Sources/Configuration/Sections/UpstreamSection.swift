internal import Exchange

extension Draft {
    mutating func readUpstreams(_ value: Value) {
        guard let entries = value.entries(expecting: "upstreams by name") else { return }
        guard !entries.isEmpty else {
            return value.error(
                Complaint(
                    "there is no upstream", code: .missingValue,
                    hint: "write for example  inventory: { url: https://api.example.com }"))
        }
        guard entries.count <= Bound.upstreams else {
            return value.error(
                Complaint("there are \(entries.count) upstreams, at most \(Bound.upstreams) are possible", code: .outOfRange))
        }
        for (name, value) in entries { upstreams.append(Draft.readUpstream(name, value)) }
    }

    private static func readUpstream(_ name: String, _ value: Value) -> Upstream {
        var upstream = Upstream(name: name, trail: value.trail)
        if let complaint = UpstreamName.complaint(about: name) { value.error(complaint) }
        value.section(expecting: "an upstream such as { url: https://api.example.com }") { section -> Void in
            let url = section.required("url", example: "url: https://api.example.com/v2")?.read(as: BaseURLText.form)
            let known = url ?? BaseURL(scheme: "https", host: "", port: 443, pathPrefix: "")
            var settings = UpstreamSettings(name: name, url: known)
            upstream.needsNoCredentials = settings.read(section)
            if url != nil { upstream.settings = settings }
        }
        return upstream
    }
}

enum UpstreamName {
    static func complaint(about name: String) -> Complaint? {
        guard !NameText.reserved.contains(name) else {
            return Complaint("'\(name)' can't be an upstream's name: respond has a meaning of its own for it")
        }
        return NameText.complaint(about: name)
    }
}

extension UpstreamSettings {
    /// Reads everything but name and URL.
    ///
    /// - Returns: whether the upstream says that it needs no credentials.
    fileprivate mutating func read(_ section: Section) -> Bool {
        let needsNoCredentials = readCredentials(section)
        section.section("timeout") { timeouts.read($0) }
        section.section("retry") {
            var settings = RetrySettings()
            settings.read($0)
            retry = settings
        }
        breaker = section.value("breaker").flatMap(BreakerSettings.read)
        section.section("limit") { readLimit($0) }
        section.section("headers") { readHeaders($0) }
        section.read("keep_host", as: .flag, into: &keepHost)
        section.read("inherit_credentials", as: .flag, into: &inheritCredentials)
        section.section("idempotency") { idempotency.read($0) }
        section.section("tls") { tls.read($0) }
        section.read("http", as: .word(HTTPVersion.self), into: &httpVersion)
        health = section.value("health").flatMap(HealthSettings.read)
        checkCombinations(section)
        return needsNoCredentials
    }

    private mutating func readLimit(_ section: Section) {
        rate = RateSettings.read(section)
        section.read("in_flight", as: .number(1...65_536), into: &inFlight)
        section.read("connections", as: .number(1...65_536), into: &connections)
    }

    private func checkCombinations(_ section: Section) {
        if let name = credentials?.fieldName, setHeaders.contains(where: { $0.name.lowercased() == name.lowercased() }) {
            section.reading.error(
                Complaint("credentials and headers.set both write '\(name)'", code: .conflict, hint: "leave one of them out"),
                at: section.trail.key("headers").key("set"))
        }
        if credentials != nil, inheritCredentials {
            section.reading.warning(
                Complaint(
                    "credentials replace the application's Authorization; inherit_credentials passes on its cookies alone",
                    code: .doubtful),
                at: section.trail.key("inherit_credentials"))
        }
        if tls.caFile != nil, !url.isSecure, !url.host.isEmpty {
            section.reading.warning(
                Complaint("the upstream's url is http: no TLS is spoken and tls.ca_file is not used", code: .doubtful),
                at: section.trail.key("tls").key("ca_file"))
        }
        if httpVersion == .http2, !url.isSecure, !url.host.isEmpty {
            section.reading.error(
                Complaint("HTTP/2 without TLS is not spoken", code: .conflict, hint: "write  http: auto  or an https url"),
                at: section.trail.key("http"))
        }
    }
}

extension UpstreamSettings.Timeouts {
    fileprivate mutating func read(_ section: Section) {
        let range = Bound.millisecond...Bound.day
        section.read("connect", as: .duration(range), into: &connect)
        section.read("first_byte", as: .duration(range), into: &firstByte)
        section.read("total", as: .duration(range), into: &total)
        guard !section.reading.isFaulty(section.trail) else { return }
        if connect > total {
            section.reading.error(
                Complaint(
                    "connect (\(DurationText.string(connect))) is longer than total (\(DurationText.string(total)))",
                    code: .conflict,
                    hint: "total covers the whole attempt, connecting too"),
                at: section.trail.key(section.has("connect") ? "connect" : "total"))
        } else if firstByte > total {
            section.reading.warning(
                Complaint(
                    "first_byte (\(DurationText.string(firstByte))) is longer than total (\(DurationText.string(total))) and never applies",
                    code: .doubtful),
                at: section.trail.key(section.has("first_byte") ? "first_byte" : "total"))
        }
    }
}

extension IdempotencySettings {
    fileprivate mutating func read(_ section: Section) {
        enum Key: String, CaseIterable { case generate, application }
        var key = Key.application
        section.read("key", as: .word(Key.self), into: &key)
        generate = key == .generate
        section.read("header", as: IdempotencySettings.headerName, into: &header)
    }

    /// A field that can carry a key.
    static let headerName = Form<String>("a header's name") { text throws(Complaint) in
        let name = try HeaderText.name.parse(text)
        guard var objection = HeaderText.objection(toSetting: name) else { return name }
        objection.showsValue = false
        throw objection
    }
}

extension TLSSettings {
    fileprivate mutating func read(_ section: Section) {
        caFile = section.value("ca_file").flatMap(CertificateFile.path)
    }
}

extension CertificateFile {
    /// The resolved path of a file of certificates that has been looked at; nil where something is wrong with it.
    static func path(_ value: Value) -> String? {
        guard let path = value.read(as: .line("the path of a PEM file")) else { return nil }
        let resolved = FileText.resolve(path, in: value.reading.directory)
        do {
            try check(resolved)
            return resolved
        } catch {
            value.error(error)
            return nil
        }
    }
}
