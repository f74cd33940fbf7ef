package import Exchange

/// What the admin listener shows, asked for at each request.
package struct AdminSources: Sendable {
    /// The metrics in the format that an `Accept` header asks for.
    package var exposition: @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8])
    /// Why the sidecar is not ready; empty where it is.
    package var notReady: @Sendable () -> [String]
    /// The configuration as JSON, secrets redacted.
    package var configuration: String
    /// How every upstream stands, in the configuration's order; called away from the event loops.
    package var upstreams: @Sendable () -> [UpstreamStanding]
    /// How mirrors have agreed, of each route that compares; called away from the event loops.
    package var agreement: @Sendable () -> [AgreementStanding]
    /// nil where there is no spool.
    package var deliveries: DeliverySources?
    /// What is remembered in memory; nil where nothing is.
    package var live: LiveSources?
    /// What requests to the API must bring as `Authorization: Bearer` (RFC 6750); nil where they need none.
    package var token: SecretReader?
    /// What is not shown of exchanges beside what never is.
    package var redaction = Redaction.standard
    /// The clock by which `older_than` is told.
    package var now: @Sendable () -> WallTime

    package init(
        exposition: @escaping @Sendable (String?) -> (contentType: String, body: [UInt8]), notReady: @escaping @Sendable () -> [String],
        configuration: String, upstreams: @escaping @Sendable () -> [UpstreamStanding] = { [] }, deliveries: DeliverySources? = nil,
        live: LiveSources? = nil, token: SecretReader? = nil, agreement: @escaping @Sendable () -> [AgreementStanding] = { [] },
        now: @escaping @Sendable () -> WallTime = { .now() }
    ) {
        self.exposition = exposition
        self.notReady = notReady
        self.configuration = configuration
        self.upstreams = upstreams
        self.deliveries = deliveries
        self.live = live
        self.token = token
        self.agreement = agreement
        self.now = now
    }
}
