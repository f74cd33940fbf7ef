internal import Exchange

/// The connections of the upstream thread to one upstream with TLS that speaks HTTP/1.1.
final class SecureWires: Wires {
    unowned(unsafe) let curl: CurlOrigin
    /// Every one that is open, by its descriptor.
    private var wires: [Int32: SecureWire] = [:]

    init(_ curl: CurlOrigin) {
        self.curl = curl
        let seats = Seats(limit: curl.settings.connections)
        super.init(curl.settings, index: curl.index, gauge: curl.gauge, seats: seats, ground: curl.driver)
    }

    /// The connection with this descriptor; nil where libcurl itself has it.
    func wire(of descriptor: Int32) -> SecureWire? { wires[descriptor] }

    override func adopt(_ connection: OpenConnection, as order: ConnectionOrder) {
        let wire = SecureWire(connection, self)
        wires[connection.descriptor] = wire
        adopted(wire, as: order)
    }

    func forget(_ wire: SecureWire) { wires[wire.descriptor] = nil }
}
