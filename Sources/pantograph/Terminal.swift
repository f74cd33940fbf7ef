internal import Configuration
internal import Foundation

/// Where text for people goes: coloured on a terminal alone, and not where `NO_COLOR` is set to anything.
struct Terminal {
    enum Colour: String {
        case red = "31"
        case yellow = "33"
        case green = "32"
        case dim = "2"
    }

    static let output = Terminal(.standardOutput)
    static let errors = Terminal(.standardError)

    private let handle: FileHandle
    private let isColoured: Bool

    private init(_ handle: FileHandle) {
        self.handle = handle
        let environment = ProcessInfo.processInfo.environment
        isColoured =
            isatty(handle.fileDescriptor) == 1 && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Writes a line. A reader that is gone is no reason to fail: there is nobody left to tell.
    func line(_ text: String) { write(text + "\n") }

    func write(_ text: String) { try? handle.write(contentsOf: Data(text.utf8)) }

    func paint(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}

// MARK: Findings

extension Terminal {
    func errors(_ failure: ConfigurationErrors) {
        for finding in failure.errors { show(finding, "") }
        if failure.omitted > 0 { line("pantograph: and \(failure.omitted) more") }
    }

    func warnings(_ findings: [Finding]) {
        for finding in findings { show(finding, paint("warning", .yellow) + ": ") }
    }

    /// `pantograph: FILE:LINE:COLUMN: key.path: message` and, on lines of its own, what to write.
    private func show(_ finding: Finding, _ severity: String) {
        line("pantograph: \(severity)\(finding)")
        for hint in finding.hint?.split(separator: "\n") ?? [] { line(paint("    \(hint)", .dim)) }
    }
}
