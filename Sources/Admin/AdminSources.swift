/// What the admin listener shows, asked for at each request.
package struct AdminSources: Sendable {
    /// The metrics in the format that an `Accept` header asks for.
    package var exposition: @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8])
    /// Why the sidecar is not ready; empty where it is.
    package var notReady: @Sendable () -> [String]
    /// The configuration as JSON, secrets redacted.
    package var configuration: String

    package init(
        exposition: @escaping @Sendable (String?) -> (contentType: String, body: [UInt8]), notReady: @escaping @Sendable () -> [String],
        configuration: String
    ) {
        self.exposition = exposition
        self.notReady = notReady
        self.configuration = configuration
    }
}
