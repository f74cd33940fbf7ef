internal import Exchange
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The connections of one event loop to one upstream, on which HTTP/1.1 is framed here: opened by libcurl, kept while they are
/// idle, handed to one call at a time.
///
/// A call waits where all seats are taken, in the order of coming on its event loop; no more wait than `limit.in_flight`. A loop that
/// has a connection to spare while calls of another wait gives its seat away, and one whose own calls wait as well does so at every
/// `turnsInARow`th time, so that nobody waits in vain.
final class Wires: Origin {
    /// An idle connection older than this is not trusted: what stands between may have forgotten it. libcurl's own default.
    private static let maximumIdle: UInt64 = 118_000_000_000
    static let turnsInARow = 16

    /// For requests that have no `Host`.
    let authority: String
    unowned(unsafe) let station: Station
    private let seats: Seats
    /// Those that carry nothing, the one used last at the end.
    private var idle: [Wire] = []
    private var waiting = CircularBuffer<Call>()
    /// No more calls than these are about to ask for a connection.
    var callsToCome = 0
    private var checked = 0
    /// Connections that became free while calls of other event loops waited.
    private var turns = 0
    /// The seat that is about to be given back is for the others.
    private var yields = false
    private var isEnding = false

    init(_ settings: UpstreamSettings, index: Int, gauge: Gauge, seats: Seats, station: Station) {
        authority = settings.url.authority
        self.station = station
        self.seats = seats
        super.init(settings, index: index, gauge: gauge, ground: station)
    }

    override func makeCarrier() -> Carrier? { Call(self) }

    override var isFull: Bool { seats.isFull }

    func close() {
        isEnding = true
        endAll(Failure(.cancelled, "the sidecar is shutting down"))
        while let wire = idle.popLast() { wire.close() }
        forgetCarriers()
    }

    // MARK: Calls

    /// Gives the call, for which there was no `fresh` one, a connection: when one has been opened, or when one becomes free.
    func seat(_ call: Call) {
        if seats.take() { return open(for: call) }
        waiting.append(call)
        seats.waits(1)
        // What became free since then, or lies idle elsewhere.
        if waiting.count == 1 { station.askOthers(of: index) }
        seatWaiting()
    }

    /// The call waits no longer.
    func forget(_ call: Call) {
        guard let place = waiting.firstIndex(where: { $0 === call }) else { return }
        waiting.remove(at: place)
        seats.waits(-1)
    }

    private func nextWaiting() -> Call? {
        guard !isEnding, let call = waiting.popFirst() else { return nil }
        seats.waits(-1)
        return call
    }

    /// Opens connections for those who wait, as far as there are seats.
    private func seatWaiting() {
        while !isEnding, !waiting.isEmpty, seats.take() {
            if let call = nextWaiting() { open(for: call) }
        }
    }

    /// The connection used last that can be trusted; those used later than it are closed.
    func fresh() -> Wire? {
        while let wire = idle.popLast() {
            if !isStale(wire.idleSince), wire.isQuiet(station.idleCheck) { return wire }
            wire.close()
        }
        return nil
    }

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

    private func isStale(_ idleSince: MonotonicTime) -> Bool { station.now.nanoseconds(since: idleSince) > Self.maximumIdle }

    // MARK: Opening

    private func open(for call: Call) {
        let order = ConnectionOrder(upstream: index, for: call, on: station)
        call.awaits(order)
        if !station.order(order) { end(call, .cancelled) }
    }

    /// The call has given up, and so does libcurl.
    func withdraw(_ order: ConnectionOrder) {
        order.call = nil
        guard !order.isFilled else { return }
        order.withdraw()
        _ = station.order(order)
        giveSeatBack()
    }

    /// libcurl has opened a connection, or could not.
    func answered(_ order: ConnectionOrder, _ result: Result<OpenConnection, Failure>) {
        switch result {
        case .failure(let failure):
            if let call = order.call { end(call, failure) }
        case .success(let connection):
            // Withdrawn too late for libcurl to give it up.
            guard order.call != nil else { return drop(connection) }
            order.isFilled = true
            adopt(connection, as: order)
        }
    }

    private func drop(_ connection: OpenConnection) {
        gauge.connections.wrappingSubtract(1, ordering: .relaxed)
        Glibc.close(connection.descriptor)
    }

    private func adopt(_ connection: OpenConnection, as order: ConnectionOrder) {
        let wire = NIOLoopBound(Wire(connection, self), eventLoop: station.eventLoop)
        let bootstrap = ClientBootstrap(group: station.eventLoop)
            .channelInitializer { [input = station.input] channel in
                channel.eventLoop.makeCompletedFuture {
                    try input.serve(channel)
                    try channel.pipeline.syncOperations.addHandler(wire.value)
                }
            }
        bootstrap.withConnectedSocket(connection.descriptor).assumeIsolated().whenComplete { result in
            self.station.happens { self.adopted(wire.value, as: order, result) }
        }
    }

    private func adopted(_ wire: Wire, as order: ConnectionOrder, _ result: Result<any Channel, any Error>) {
        let call = order.call
        if case .failure(let error) = result {
            wire.close()
            if let call { end(call, Failure(.protocol, "the connection can't be watched: \(error)")) }
        } else if let call {
            order.call = nil
            call.carried(by: wire)
        } else {
            free(wire)
        }
    }

    // MARK: Wires

    /// The wire's call is over.
    ///
    /// - Parameter isSound: whether request and answer are complete and the upstream lets the connection go on.
    func takeBack(_ wire: consuming Wire, isSound: Bool) {
        if wire.letGo(isSound: isSound) { free(wire) } else { wire.close() }
    }

    private func free(_ wire: consuming Wire) {
        guard !isEnding else { return wire.close() }
        yields = isOthersTurn()
        if yields { return wire.close() }
        if let call = nextWaiting() { return call.carried(by: wire) }
        wire.idleSince = station.now
        idle.append(wire)
        if isStale(idle[0].idleSince) { idle[0].close() }
    }

    private var othersWait: Bool { seats.waitingCalls > waiting.count }

    /// Whether what becomes free now goes to calls of another event loop.
    private func isOthersTurn() -> Bool {
        guard othersWait else { return false }
        turns += 1
        return waiting.isEmpty || turns % Self.turnsInARow == 0
    }

    /// Calls of another event loop wait, or a seat has been given back.
    func lookAgain() {
        seatWaiting()
        guard othersWait else { return }
        if !idle.isEmpty {
            yields = true
            idle.removeFirst().close()
        } else if !seats.isFull {
            // It was left for a call of this loop that waits no longer.
            station.askOthers(of: index)
        }
    }

    /// The wire is gone.
    func closed(_ wire: Wire) {
        if let place = idle.firstIndex(where: { $0 === wire }) { idle.remove(at: place) }
        gauge.connections.wrappingSubtract(1, ordering: .relaxed)
        giveSeatBack()
    }

    private func giveSeatBack() {
        let isForOthers = yields || isOthersTurn()
        yields = false
        guard seats.giveBack(), !isEnding else { return }
        if othersWait { station.askOthers(of: index) }
        // Later, since those who wait may be out of time as well.
        if !waiting.isEmpty, !isForOthers { station.lookAgain(at: index) }
    }
}
