internal import Exchange
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The connections of one event loop to one upstream without TLS.
final class LoopWires: Wires {
    unowned(unsafe) let station: Station
    /// No more calls than these are about to ask for a connection.
    var callsToCome = 0
    private var checked = 0

    init(_ settings: UpstreamSettings, index: Int, gauge: Gauge, seats: Seats, station: Station) {
        self.station = station
        super.init(settings, index: index, gauge: gauge, seats: seats, ground: station)
    }

    // MARK: The check of idle connections

    /// Adds the connections that calls to come will take.
    func add(to check: inout IdleCheck) {
        checked = min(callsToCome, idle.count)
        callsToCome = 0
        for wire in idle.suffix(checked) { check.add(wire.descriptor) }
    }

    /// - Parameter place: of the first that was added here, and then of the first that was not.
    func note(_ check: IdleCheck, from place: inout Int) {
        for wire in idle.suffix(checked) {
            if check.isQuiet(place) { wire.quietIn = check.number }
            place += 1
        }
    }

    // MARK: Opening

    override func drop(_ connection: consuming OpenConnection) {
        gauge.connections.wrappingSubtract(1, ordering: .relaxed)
        Glibc.close(connection.descriptor)
    }

    override func adopt(_ connection: OpenConnection, as order: ConnectionOrder) {
        let wire = NIOLoopBound(LoopWire(connection, self), eventLoop: station.eventLoop)
        let bootstrap = ClientBootstrap(group: station.eventLoop)
            .channelInitializer { [input = station.input] channel in
                channel.eventLoop.makeCompletedFuture {
                    try input.serve(channel)
                    try channel.pipeline.syncOperations.addHandler(wire.value)
                }
            }
        bootstrap.withConnectedSocket(connection.descriptor).assumeIsolated().whenComplete { result in
            let failure: Failure? =
                if case .failure(let error) = result { Failure(.protocol, "the connection can't be watched: \(error)") } else { nil }
            self.station.happens { self.adopted(wire.value, as: order, failure) }
        }
    }
}
