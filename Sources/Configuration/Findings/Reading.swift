/// One reading of a configuration: what it may look at, where each value stands, and what has been found so far.
/// Used by one reader alone and thrown away with it.
final class Reading {
    /// The file as the user named it; empty where there is none.
    let file: String
    /// What relative paths in the file are relative to.
    let directory: String
    let environment: [String: String]
    private(set) var warnings: [Finding] = []
    private var errors: [Finding] = []
    private var faulty: Set<Trail> = []
    private var omitted = 0
    private var places: [Trail: Place] = [:]

    /// Errors kept while reading, so that a hostile file can't fill the memory with them.
    private static let bound = 1000

    init(file: String = "", directory: String = "", environment: [String: String]) {
        self.file = file
        self.directory = directory
        self.environment = environment
    }

    var isSound: Bool { errors.isEmpty }

    /// Whether anything at or below this trail is in error, so that conclusions from it would mislead.
    func isFaulty(_ trail: Trail) -> Bool { faulty.contains { $0.isWithin(trail) } }

    // MARK: Places

    func note(_ trail: Trail, at place: Place) { places[trail] = place }

    /// Whether the configuration has a value of its own here.
    func isWritten(_ trail: Trail) -> Bool { places[trail] != nil }

    /// Where a value was written, or the nearest block around it where it was left out.
    func place(of trail: Trail) -> Place? {
        var trail: Trail? = trail
        while let current = trail {
            if let place = places[current] { return place }
            trail = current.parent
        }
        return nil
    }

    // MARK: Findings

    func error(_ complaint: Complaint, at trail: Trail, place: Place? = nil) {
        faulty.insert(trail)
        guard errors.count < Reading.bound else { return omitted += 1 }
        errors.append(finding(complaint, at: trail, place: place))
    }

    func warning(_ complaint: Complaint, at trail: Trail, place: Place? = nil) {
        guard warnings.count < Reading.bound else { return }
        warnings.append(finding(complaint, at: trail, place: place))
    }

    /// A warning about an environment variable: those never end the process.
    /// The same one is given once, however many signals the variable holds for.
    func warning(variable: String, _ message: String, hint: String? = nil) {
        guard warnings.count < Reading.bound, !warnings.contains(where: { $0.keyPath == variable && $0.message == message }) else { return }
        warnings.append(
            Finding(code: .ignoredVariable, file: "environment", keyPath: variable, message: message, hint: hint))
    }

    private func finding(_ complaint: Complaint, at trail: Trail, place: Place?) -> Finding {
        var finding = Finding(
            code: complaint.code, file: file.isEmpty ? "command line" : file, keyPath: Printable.text(trail.description),
            message: Printable.text(complaint.message), hint: complaint.hint.map(Printable.text))
        switch place ?? self.place(of: trail) {
        case .file(let line, let column):
            finding.line = line
            finding.column = column
        case .flag(let name):
            finding.file = "command line"
            finding.keyPath = Printable.text(name)
        case nil: break
        }
        return finding
    }

    /// Everything that was found to be wrong, in the order of the file; nil where nothing was.
    func failure() -> ConfigurationErrors? {
        guard !errors.isEmpty else { return nil }
        let sorted = errors.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            return (a.line ?? 0, a.column ?? 0, left.offset) < (b.line ?? 0, b.column ?? 0, right.offset)
        }
        let shown = sorted.prefix(ConfigurationErrors.bound).map(\.element)
        return ConfigurationErrors(errors: shown, omitted: omitted + errors.count - shown.count, warnings: warnings)
    }
}
