import Exchange
import Policy
import Testing

/// Who gets the application's credentials: every role, with and without `inherit_credentials`, with every kind of credentials of
/// the upstream's own, for every set of fields that the application may send; against a model that is written from the contract.
@Suite struct CredentialFieldsTests {
    private static let kinds: [(Credentials, sent: (name: String, value: String))?] = [
        nil,
        (.bearer(.literal("t")), ("Authorization", "Bearer t")),
        (.basic(user: "u", password: .literal("p")), ("Authorization", "Basic dTpw")),
        (.header(name: "X-Api-Key", value: .literal("k")), ("X-Api-Key", "k")),
        (.header(name: "cookie", value: .literal("s=1")), ("cookie", "s=1")),
        (.header(name: "Proxy-authorization", value: .literal("p")), ("Proxy-authorization", "p")),
    ]
    private static let fields: [[String]] = [
        ["Authorization", "Bearer app"], ["Cookie", "a=1"], ["cookie", "b=2"], ["proxy-authorization", "Basic app"], ["x-api-key", "app"],
        ["Connection", "x-named, cookie"], ["X-Named", "1"], ["Accept", "*/*"],
    ]

    @Test(arguments: Role.allCases, [false, true])
    func everyCombination(role: Role, inherits: Bool) {
        let via = Via(instance: 1)
        for kind in Self.kinds {
            for hasSecret in [true, false] {
                var settings = UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: ""))
                settings.credentials = kind?.0
                settings.inheritCredentials = inherits
                let outgoing = OutgoingHeaders(settings, via: via)
                let credentials = hasSecret ? kind?.sent : nil
                for chosen in 0..<(1 << Self.fields.count) {
                    let sent = Self.fields.indices.filter { chosen >> $0 & 1 == 1 }.map { Self.fields[$0] }
                    var headers = Headers()
                    for field in sent { headers.append(field[0], field[1]) }
                    let request = RequestHead(method: "GET", target: "/", headers: headers, bodyLength: .none)
                    let made = outgoing.make(
                        for: request, role: role, credentials: credentials, trace: nil, baggage: nil, idempotencyKey: nil)
                    let expected = model(sent, role, inherits, ownField: kind?.sent.name, credentials)
                    if made.pairs != [["Host", "a"]] + expected + [["Via", via.value]] {
                        Issue.record("\(role) inherits \(inherits) \(String(describing: kind)) \(sent): \(made.pairs)")
                    }
                }
            }
        }
    }

    private func model(
        _ sent: [[String]], _ role: Role, _ inherits: Bool, ownField: String?, _ credentials: (name: String, value: String)?
    ) -> [[String]] {
        let named = sent.contains { $0[0] == "Connection" } ? ["x-named", "cookie"] : []
        var passing = sent.filter { field in
            let name = field[0].lowercased()
            if name == "connection" || named.contains(name) { return false }
            if name == ownField?.lowercased() { return false }
            let isCredential = ["authorization", "proxy-authorization", "cookie"].contains(name)
            return !isCredential || inherits || role == .primary && ownField == nil
        }
        if let credentials { passing.append([credentials.name, credentials.value]) }
        return passing
    }

    /// Credentials in another field than the settings speak of still take the place of the application's.
    @Test func credentialsInAnotherField() {
        let settings = UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: ""))
        let request = RequestHead(method: "GET", target: "/", headers: Headers(["x-key": "app", "A": "1"]), bodyLength: .none)
        let made = OutgoingHeaders(settings, via: Via(instance: 1)).make(
            for: request, role: .primary, credentials: ("X-Key", "own"), trace: nil, baggage: nil, idempotencyKey: nil)
        #expect(made.pairs == [["Host", "a"], ["A", "1"], ["X-Key", "own"], ["Via", "1.1 pantograph-0000000000000001"]])
    }
}
