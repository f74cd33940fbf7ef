/// What an upstream is doing at the moment it is asked.
package struct UpstreamGauges: Sendable, Equatable {
    /// Calls on the wire or waiting for a connection.
    package var inFlight: Int
    /// Connections open.
    package var connections: Int

    package init(inFlight: Int, connections: Int) {
        self.inFlight = inFlight
        self.connections = connections
    }
}
