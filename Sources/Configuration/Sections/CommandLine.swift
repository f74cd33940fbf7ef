internal import Exchange

extension Draft {
    /// What flags say wins over the file.
    mutating func take(_ overrides: ConfigurationReader.Overrides, _ reading: Reading) {
        let address = AddressText.form(in: "")
        if let text = overrides.listen {
            Draft.take(text, of: "--listen", for: Trail("listen"), as: address, into: &settings.listen, reading)
        }
        if let text = overrides.admin {
            Draft.take(text, of: "--admin", for: Trail("admin", "listen"), as: address, into: &settings.admin.listen, reading)
        }
        if let text = overrides.logLevel {
            Draft.take(
                text, of: "--log-level", for: Trail("telemetry", "log", "level"), as: .word(LogSettings.Level.self),
                into: &settings.telemetry.log.level, reading)
        }
        if overrides.allowRemote { settings.allowRemote = true }
    }

    private static func take<Result>(
        _ text: String, of flag: String, for trail: Trail, as form: Form<Result>, into setting: inout Result, _ reading: Reading
    ) {
        reading.note(trail, at: .flag(flag))
        do {
            setting = try form.parse(text)
        } catch {
            reading.error(error.found("'\(text.prefix(60))'"), at: trail)
        }
    }

    /// Upstreams of `--upstream NAME=URL`, and the route that comes with them.
    mutating func takeUpstreams(_ pairs: [(name: String, url: String)], _ reading: Reading) {
        guard !pairs.isEmpty, pairs.count <= Bound.upstreams else {
            let message = pairs.isEmpty ? "there is no upstream" : "at most \(Bound.upstreams) upstreams are possible"
            return reading.error(
                Complaint(message, code: .missingValue, hint: "write for example  --upstream inventory=https://api.example.com"),
                at: Trail("upstreams"), place: .flag("--upstream"))
        }
        for (name, url) in pairs {
            let trail = Trail("upstreams", name)
            reading.note(trail, at: .flag("--upstream \(name.prefix(64))"))
            if let complaint = UpstreamName.complaint(about: name) { reading.error(complaint, at: trail) }
            if names.contains(name) {
                reading.error(Complaint("there is an upstream '\(name)' already", code: .duplicateName), at: trail)
            }
            var upstream = Upstream(name: name, trail: trail)
            do {
                upstream.settings = UpstreamSettings(name: name, url: try BaseURLText.form.parse(url))
            } catch {
                reading.error(error.found("'\(url.prefix(60))'"), at: trail.key("url"))
            }
            upstreams.append(upstream)
        }
        takeDefaultRoute()
    }
}
