/// One thing that is wrong or doubtful in a configuration, and where. Never holds a secret.
package struct Finding: Sendable, Hashable {
    package var code: Code
    /// The file as the user named it, `environment` or `command line`.
    package var file: String
    /// From 1; nil where there is no file.
    package var line: Int?
    /// From 1, in Unicode scalars; nil where there is no file.
    package var column: Int?
    /// The key's path (`upstreams.inventory.timeout.connect`), the variable's name or the flag; empty for the whole file.
    package var keyPath: String
    /// One sentence without its full stop: what is wrong.
    package var message: String
    /// What to write instead, where more can be said than the message does.
    package var hint: String?

    package init(
        code: Code, file: String, line: Int? = nil, column: Int? = nil, keyPath: String, message: String, hint: String? = nil
    ) {
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.keyPath = keyPath
        self.message = message
        self.hint = hint
    }

    /// What kind of thing was found: for programs, since messages are for people.
    package enum Code: String, Sendable, CaseIterable {
        case unreadableFile = "unreadable_file"
        case syntax
        case duplicateKey = "duplicate_key"
        case unknownKey = "unknown_key"
        case wrongType = "wrong_type"
        case missingValue = "missing_value"
        case invalidValue = "invalid_value"
        case outOfRange = "out_of_range"
        case notAvailable = "not_available"
        case unsetVariable = "unset_variable"
        case missingSecret = "missing_secret"
        case invalidCertificate = "invalid_certificate"
        case unknownUpstream = "unknown_upstream"
        case duplicateName = "duplicate_name"
        case forbiddenHeader = "forbidden_header"
        case remoteAddress = "remote_address"
        case conflict
        case noCredentials = "no_credentials"
        case noToken = "no_token"
        case literalSecret = "literal_secret"
        case readableSecret = "readable_secret"
        case unreachableRoute = "unreachable_route"
        case unusedUpstream = "unused_upstream"
        case doubtful
        case ignoredVariable = "ignored_variable"
    }
}

extension Finding: CustomStringConvertible {
    /// `FILE:LINE:COLUMN: key.path: message`, without what is not known.
    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        return [place, keyPath, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// Why a configuration can't be used: everything that was found, in the order of the file.
package struct ConfigurationErrors: Error, Sendable {
    /// `EX_CONFIG` of sysexits.h.
    package static let exitCode: Int32 = 78
    /// Findings beyond this are counted and not listed.
    package static let bound = 20

    /// At least one, at most `bound`.
    package var errors: [Finding]
    /// Errors beyond `bound`.
    package var omitted: Int
    package var warnings: [Finding]

    package init(errors: [Finding], omitted: Int = 0, warnings: [Finding] = []) {
        self.errors = errors
        self.omitted = omitted
        self.warnings = warnings
    }
}
