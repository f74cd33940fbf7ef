internal import Exchange

/// The query of a request, taken apart once: what is not known, stands twice or is empty is an error.
struct Parameters {
    private(set) var values: [(name: String, value: String)] = []

    /// - Parameter known: the names that may stand in it.
    init(of uri: String, known: [String]) throws(AdminProblem) {
        guard let mark = uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return }
        for pair in uri[mark...].dropFirst().split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0]), parts.count == 1 || PercentEncoding.decoded(parts[1]) != nil else {
                throw AdminProblem(.badRequest, "The query can't be read: a percent-encoding in it is not one of UTF-8 text.")
            }
            guard known.contains(name) else { throw .parameter(name, "no such parameter; \(NearestName.hint(for: name, among: known) ?? "none is known here")") }
            guard self[name] == nil else { throw .parameter(name, "it stands twice") }
            guard parts.count == 2, let value = PercentEncoding.decoded(parts[1]), !value.isEmpty else {
                throw .parameter(name, "it has no value; leave it out where it does not matter")
            }
            values.append((name, value))
        }
    }

    subscript(name: String) -> String? { values.first { $0.name == name }?.value }

    /// The same query with other values in the places of some, for the page that follows.
    func query(with replaced: [(name: String, value: String)]) -> String {
        let kept = values.filter { value in !replaced.contains { $0.name == value.name } }
        return (kept + replaced).map { "\($0.name)=\(PercentEncoding.encoded($0.value))" }.joined(separator: "&")
    }
}
