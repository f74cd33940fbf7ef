internal import Configuration
internal import Exchange

/// The names that a sidecar's configuration knows, so that a filter by none of them is told from one that nothing matches.
struct KnownNames: Decodable {
    private struct Route: Decodable { var name: String }
    private struct Upstream: Decodable {}

    private var routes: [Route]
    private var upstreams: [String: Upstream]

    /// Sentences about what a filter names and the configuration does not; none where it knows all of it.
    func complaints(about filter: ExchangeFilter) -> [String] {
        [
            KnownNames.complaint(about: filter.route, "route", among: routes.map(\.name)),
            KnownNames.complaint(about: filter.upstream, "upstream", among: upstreams.keys.sorted()),
        ].compactMap(\.self)
    }

    private static func complaint(about name: String?, _ kind: String, among known: [String]) -> String? {
        guard let name, !known.contains(name) else { return nil }
        let hint = NearestName.hint(for: name, among: known).map { "; " + $0 } ?? ""
        return "The sidecar's configuration has no \(kind) '\(name)'\(hint)"
    }
}

extension ExchangeFilter {
    /// What it names that the sidecar's configuration does not.
    func complaints(_ client: AdminClient) throws(AskingFault) -> [String] {
        guard route != nil || upstream != nil else { return [] }
        return try client.read(KnownNames.self, "GET", "/api/config").complaints(about: self)
    }

    /// Says that nothing was found, and why that may be.
    func sayNothingMatches(_ words: String, _ client: AdminClient) throws(AskingFault) {
        Terminal.output.line(words)
        // What is kept on disk may be of an older configuration: to ask for that is no error.
        for complaint in try complaints(client) { Terminal.errors.line("pantograph: " + Printable.text(complaint)) }
    }
}
