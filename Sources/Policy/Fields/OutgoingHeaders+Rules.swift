package import Exchange

extension OutgoingHeaders {
    /// Rules that no configuration changes: RFC 9110, 7.6.1, and what frames a message. `Trailer` goes since trailers are not
    /// carried; `Expect` since Ingress has answered it.
    static let fixedRules: [(name: String, rule: FieldRule)] = [
        ("connection", .connection), ("proxy-connection", .drop), ("keep-alive", .drop), ("te", .drop), ("trailer", .drop),
        ("transfer-encoding", .drop), ("upgrade", .drop), ("http2-settings", .drop), ("content-length", .drop),
        ("expect", .drop), ("host", .host),
    ]

    /// The fields in which an application's own credentials come.
    static let credentialFields = ["authorization", "proxy-authorization", "cookie"]

    /// The fields of a request as they are kept where no upstream gets the application's credentials.
    package static func withoutCredentials(_ headers: Headers) -> Headers {
        var kept = headers
        for name in credentialFields where kept.contains(name) { kept.remove(name) }
        return kept
    }

    /// Rules that `remove` and `set` of the configuration, and the upstream's credentials, overrule.
    static func ownRules(_ idempotencyField: String) -> [(name: String, rule: FieldRule)] {
        credentialFields.map { ($0, .credential) } + [
            ("traceparent", .trace), ("tracestate", .trace), ("baggage", .baggage), ("max-forwards", .maxForwards),
            (idempotencyField, .idempotencyKey),
        ]
    }

    static let answerRules = FieldTable(fixedRules.filter { $0.rule != .host && $0.name != "expect" })

    /// The field that the upstream's own credentials travel in.
    static func field(of credentials: Credentials?) -> String? {
        switch credentials {
        case nil: nil
        case .bearer, .basic: "Authorization"
        case .header(let name, _): name
        }
    }

    static func names(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).allSatisfy { ASCII.lowercase($0) == ASCII.lowercase($1) }
    }
}
