internal import Exchange
internal import Listening
internal import NIOCore
internal import NIOHTTP1

/// Who may read and who may change: not the page of another site in a person's browser, neither openly (a request across
/// origins) nor under a name of its own that it made lead here (DNS rebinding).
struct Provenance: Sendable {
    /// The names that `Host` may have beside loopback's and the address a connection came in at; in lower case, without port.
    let hosts: Set<String>

    init(listen: ListenAddress, hosts: [String]) {
        var names = Set(hosts.map { $0.lowercased() })
        if case .ip(let host, _) = listen { names.insert(host.lowercased()) }
        self.hosts = names
    }

    /// Of what is only read, `Host` alone is looked at: a browser keeps the answer from a page of another origin.
    func checkReading(_ request: AdminRequest) throws(AdminProblem) { _ = try ownAuthority(request) }

    func checkChange(_ request: AdminRequest) throws(AdminProblem) {
        let fields = request.head.headers
        let authority = try ownAuthority(request)
        if let origin = fields.first(name: "origin"), !isSame(origin, authority) {
            throw AdminProblem(.forbidden, "Changes are not taken from pages of another origin ('\(origin)').")
        }
        if let site = fields.first(name: "sec-fetch-site"), site != "same-origin", site != "none" {
            throw AdminProblem(.forbidden, "Changes are not taken from pages of another site (Sec-Fetch-Site: \(site)).")
        }
    }

    private func ownAuthority(_ request: AdminRequest) throws(AdminProblem) -> String {
        let values = request.head.headers["host"]
        guard values.count == 1 else { throw AdminProblem(.badRequest, "A request here needs exactly one Host field.") }
        let authority = values[0].lowercased()
        guard isOwn(authority, at: request.local) else {
            throw AdminProblem(
                .forbidden,
                """
                The page and the API are there under this listener's own address or localhost, not under the host '\(authority)': \
                where that name is meant to lead here, 'hosts' of 'admin' in the configuration lists it.
                """)
        }
        return authority
    }

    private func isOwn(_ authority: String, at local: SocketAddress?) -> Bool {
        // No name leads a browser to a Unix-domain socket.
        if case .unixDomainSocket = local { return true }
        let host = Provenance.host(of: authority)
        if hosts.contains(host) || ListenAddress.ip(host: host, port: 0).isLoopback { return true }
        guard let address = local?.ipAddress, let named = try? SocketAddress(ipAddress: host, port: 0) else { return false }
        return named.ipAddress == address
    }

    /// Scheme aside, since TLS may end before this listener.
    private func isSame(_ origin: String, _ authority: String) -> Bool {
        let origin = origin.lowercased()
        return origin == "http://" + authority || origin == "https://" + authority
    }

    /// Without port and brackets.
    private static func host(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }
}
