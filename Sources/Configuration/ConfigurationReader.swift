package import Exchange

/// A configuration that can be run, and what is doubtful in it.
package struct Checked: Sendable {
    package var settings: Settings
    /// In the order they were found.
    package var warnings: [Finding]
    /// The file as the user named it; nil where the command line says everything.
    package var file: String?

    /// What was understood, secrets redacted.
    package var report: ConfigurationReport { ConfigurationReport(self) }
}

/// Reads a file, the environment and the command line to one checked value. What the command line says wins over the file,
/// what the file says wins over the OpenTelemetry environment variables, those win over the defaults. Binds nothing.
package struct ConfigurationReader: Sendable {
    private let environment: [String: String]
    private let overrides: Overrides

    /// What the command line can say beside a file or without one.
    package struct Overrides: Sendable {
        /// `--listen`, as `listen:` is written.
        package var listen: String?
        /// `--admin`, as `admin:` is written.
        package var admin: String?
        /// `--log-level`, as `telemetry.log.level:` is written.
        package var logLevel: String?
        /// `--allow-remote`.
        package var allowRemote = false

        package init() {}
    }

    package init(environment: [String: String], overrides: Overrides = Overrides()) {
        self.environment = environment
        self.overrides = overrides
    }

    /// Reads a file. Relative paths in it are relative to its directory.
    package func read(file: String) -> Result<Checked, ConfigurationErrors> {
        text(of: file).flatMap { read(text: $0, file: file) }
    }

    /// Reads a text as the file of this name.
    func read(text: String, file: String) -> Result<Checked, ConfigurationErrors> {
        let reading = Reading(file: file, directory: FileText.directory(of: file), environment: environment)
        var draft = start(reading)
        return root(of: text, reading).flatMap { root in
            root.section(expecting: ConfigurationReader.expected) { draft.read($0) }
            return finish(&draft, reading, file: file)
        }
    }

    /// Reads of a file what is needed to ask the sidecar that it configures, and nothing else: the secrets of its upstreams need
    /// not be there where somebody asks.
    ///
    /// - Parameter token: whether the API's token is wanted too.
    package func readAdmin(file: String, token: Bool) -> Result<AdminSettings, ConfigurationErrors> {
        let reading = Reading(file: file, directory: FileText.directory(of: file), environment: environment)
        return text(of: file).flatMap { root(of: $0, reading) }.flatMap { root in
            var settings = AdminSettings()
            let keys = root.entries(expecting: ConfigurationReader.expected) ?? []
            if let admin = keys.first(where: { $0.name == "admin" }) { settings.read(admin.value, token: token) }
            return reading.failure().map { .failure($0) } ?? .success(settings)
        }
    }

    private static let expected = "keys such as 'upstreams:'"

    private func text(of file: String) -> Result<String, ConfigurationErrors> {
        do {
            guard let text = String(validating: try FileText.read(file, bound: Document.bound).bytes, as: UTF8.self) else {
                return .failure(of: file, Complaint("the file is not UTF-8 text", code: .syntax))
            }
            return .success(text)
        } catch {
            return .failure(
                of: file,
                Complaint(
                    "can't be read: \(error.reason)", code: .unreadableFile, hint: "pantograph init  writes a file to start from"))
        }
    }

    private func root(of text: String, _ reading: Reading) -> Result<Value, ConfigurationErrors> {
        do {
            guard let root = try Document.root(of: text) else {
                return .failure(
                    of: reading.file,
                    Complaint("the file is empty", code: .missingValue, hint: "pantograph init  writes a file to start from"))
            }
            return .success(Value(root, at: .root, keyPlace: nil, in: reading))
        } catch {
            return .failure(of: reading.file, error.complaint, line: error.line, column: error.column)
        }
    }

    /// Takes upstreams from the command line: the first is the primary of every path, all others are mirrors.
    package func read(upstreams: [(name: String, url: String)]) -> Result<Checked, ConfigurationErrors> {
        let reading = Reading(environment: environment)
        var draft = start(reading)
        draft.takeUpstreams(upstreams, reading)
        return finish(&draft, reading, file: nil)
    }

    private func start(_ reading: Reading) -> Draft {
        var draft = Draft()
        draft.exporters = OpenTelemetryEnvironment(reading).read(into: &draft.settings.telemetry)
        return draft
    }

    private func finish(_ draft: inout Draft, _ reading: Reading, file: String?) -> Result<Checked, ConfigurationErrors> {
        draft.take(overrides, reading)
        Checks.run(draft, reading)
        if let failure = reading.failure() { return .failure(failure) }
        return .success(Checked(settings: draft.finished(), warnings: reading.warnings, file: file))
    }
}

extension Result where Failure == ConfigurationErrors {
    fileprivate static func failure(of file: String, _ complaint: Complaint, line: Int? = nil, column: Int? = nil) -> Self {
        let finding = Finding(
            code: complaint.code, file: file, line: line, column: column, keyPath: "", message: complaint.message,
            hint: complaint.hint)
        return .failure(ConfigurationErrors(errors: [finding]))
    }
}
