internal import NIOHTTP1

/// The token that opens the API (RFC 6750).
struct BearerToken {
    private let token: String

    init(_ token: String) { self.token = token }

    func check(_ fields: HTTPHeaders) throws(AdminProblem) {
        let values = fields["authorization"]
        guard values.count == 1, let given = BearerToken.value(of: values[0]), isEqual(given) else {
            throw AdminProblem(.unauthorized, "The API wants this sidecar's token, as Authorization: Bearer TOKEN.")
        }
    }

    private static func value(of field: String) -> Substring? {
        let parts = field.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? parts[1] : nil
    }

    /// Takes as long wherever the two differ, so that a token can't be guessed piece by piece.
    private func isEqual(_ given: Substring) -> Bool {
        let (left, right) = (Array(given.utf8), Array(token.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
