/// How a route's mirrors are compared with its primary: its `compare:`.
package struct AgreementSettings: Sendable, Hashable {
    /// The part of calls whose answers are compared, above 0 and up to 1.
    package var sample = 1.0
    /// Bytes of an answer's body up to which it is kept to be compared.
    package var maxBody = 64 * 1024
    package var status = true
    /// Names of the fields whose values must be the same.
    package var headers = ["Content-Type"]
    package var body = Body.json
    /// Parts of JSON bodies that don't count: pointers (RFC 6901) in which `*` stands for any member or element.
    package var ignore: [String] = []
    /// How far numbers may lie apart, as a part of the larger one, 0…1.
    package var tolerance = 0.0
    /// Arrays in which the order does not count: pointers as in `ignore`.
    package var sets: [String] = []
    /// The part of safe calls (GET, HEAD) that the primary gets twice, so that what differs by itself is known and ignored, 0…1.
    package var noise = 0.01

    /// How bodies are compared.
    package enum Body: String, CaseIterable, Sendable {
        /// Those that are JSON by structure, all others byte by byte.
        case json
        case bytes
        /// Not at all.
        case none
    }

    package init() {}
}

/// What came of comparing two answers: the first of status, headers and body in which they differ.
package enum AgreementResult: String, CaseIterable, Sendable {
    case match, status, headers, body
}
