/// The admin listener: where it is, who may ask there, and how much it can tell of what has passed.
package struct AdminSettings: Sendable, Hashable {
    package var listen: ListenAddress = .ip(host: "127.0.0.1", port: 4101)
    /// What requests to the API must bring (RFC 6750); nil where they need none.
    package var token: Secret?
    /// Names, in lower case and without port, under which the page and the API are there beside loopback's and the listener's own
    /// address.
    package var hosts: [String] = []
    /// Exchanges that are remembered in memory with their deliveries and attempts.
    package var recent = 1000

    package init() {}
}
