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
    /// Whether a person reads it as it comes.
    let isTerminal: Bool

    private init(_ handle: FileHandle) {
        self.handle = handle
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(handle.fileDescriptor) == 1
        isColoured = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Writes a line. A reader that is gone is no reason to fail: there is nobody left to tell.
    func line(_ text: String) { write(text + "\n") }

    func write(_ text: String) { try? handle.write(contentsOf: Data(text.utf8)) }

    func paint(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}

// MARK: Tables and questions

extension Terminal {
    /// Characters of a line; nil where it is no terminal, and lines may be as long as they are.
    var width: Int? {
        var size = winsize()
        guard isTerminal, ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return max(40, Int(size.ws_col))
    }

    func table(_ table: Table) { write(table.text(width: width)) }

    /// Lines of a terminal; nil where it is none.
    var height: Int? {
        var size = winsize()
        guard isTerminal, ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return nil }
        return Int(size.ws_row)
    }

    /// Writes over the line before, on a terminal alone.
    func progress(_ text: String) {
        if isTerminal { write("\r\u{1B}[K" + text) }
    }

    /// Whether a person says yes; false where no person is there to be asked.
    func isAgreed(to question: String) -> Bool {
        write(question + " [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }

    /// Whether a question would be seen and could be answered.
    static var canAsk: Bool { errors.isTerminal && isatty(0) == 1 }
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
