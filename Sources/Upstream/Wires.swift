internal import Exchange
internal import NIOCore

/// The connections of one ground to one upstream, on which HTTP/1.1 is framed here: opened by libcurl, kept while they are idle, handed
/// to one call at a time.
///
/// A call waits where all seats are taken, in the order of coming on its ground; no more wait than `limit.in_flight`. An event loop that
/// has a connection to spare while calls of another wait gives its seat away, and one whose own calls wait as well does so at every
/// `turnsInARow`th time, so that nobody waits in vain.
class Wires: Origin {
    /// An idle connection older than this is not trusted: what stands between may have forgotten it. libcurl's own default.
    private static let maximumIdle: UInt64 = 118_000_000_000
    static let turnsInARow = 16

    /// For requests that have no `Host`.
    final let authority: String
    private let seats: Seats
    /// Those that carry nothing, the one used last at the end.
    final private(set) var idle: [Wire] = []
    private var waiting = CircularBuffer<Call>()
    /// Connections that became free while calls of other event loops waited.
    private var turns = 0
    /// The seat that is about to be given back is for the others.
    private var yields = false
    private var isEnding = false

    init(_ settings: UpstreamSettings, index: Int, gauge: Gauge, seats: Seats, ground: Ground) {
        authority = settings.url.authority
        self.seats = seats
        super.init(settings, index: index, gauge: gauge, ground: ground)
    }

    // MARK: What each does in its own way

    /// The connection is open and its seat taken: makes a wire of it, and then calls `adopted`.
    func adopt(_ connection: OpenConnection, as order: ConnectionOrder) {}

    /// Closes a connection that nobody needs any more. What libcurl has kept of one, with TLS, is closed by being let go.
    func drop(_ connection: consuming OpenConnection) {}

    // MARK: Around calls

    override func makeCarrier() -> Carrier? { Call(self) }

    override var isFull: Bool { seats.isFull }

    final func close() {
        isEnding = true
        endAll(Failure(.cancelled, "the sidecar is shutting down"))
        closeIdle()
        forgetCarriers()
    }

    /// Closes the connection that has been idle for longest; false where none is.
    final func giveOneUp() -> Bool {
        guard let wire = idle.first else { return false }
        wire.close()
        return true
    }

    final func closeIdle() {
        while let wire = idle.popLast() { wire.close() }
    }

    // MARK: Calls

    /// Gives the call, for which there was no `fresh` one, a connection: when one has been opened, or when one becomes free.
    final func seat(_ call: Call) {
        if seats.take() { return open(for: call) }
        waiting.append(call)
        seats.waits(1)
        // What became free since then, or lies idle elsewhere.
        if waiting.count == 1 { ground.askOthers(of: index) }
        seatWaiting()
    }

    /// The call waits no longer.
    final func forget(_ call: Call) {
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
    final func fresh() -> Wire? {
        while let wire = idle.popLast() {
            if !isStale(wire.idleSince), wire.isQuiet() { return wire }
            wire.close()
        }
        return nil
    }

    private func isStale(_ idleSince: MonotonicTime) -> Bool { ground.now.nanoseconds(since: idleSince) > Self.maximumIdle }

    // MARK: Opening

    private func open(for call: Call) {
        let order = ConnectionOrder(upstream: index, for: call, on: ground)
        call.awaits(order)
        if !ground.order(order) { end(call, .cancelled) }
    }

    /// The call has given up, and so does libcurl.
    final func withdraw(_ order: ConnectionOrder) {
        order.call = nil
        guard !order.isFilled else { return }
        order.withdraw()
        _ = ground.order(order)
        giveSeatBack()
    }

    /// libcurl has opened a connection, or could not.
    final func answered(_ order: ConnectionOrder, _ result: Result<OpenConnection, Failure>) {
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

    /// The wire is there, unless it can't be used.
    final func adopted(_ wire: Wire, as order: ConnectionOrder, _ failure: Failure? = nil) {
        let call = order.call
        if let failure {
            wire.close()
            if let call { end(call, failure) }
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
    final func takeBack(_ wire: consuming Wire, isSound: Bool) {
        if wire.letGo(isSound: isSound) { free(wire) } else { wire.close() }
    }

    private func free(_ wire: consuming Wire) {
        guard !isEnding else { return wire.close() }
        yields = isOthersTurn()
        if yields { return wire.close() }
        if let call = nextWaiting() { return call.carried(by: wire) }
        wire.idleSince = ground.now
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
    final func lookAgain() {
        seatWaiting()
        guard othersWait else { return }
        if !idle.isEmpty {
            yields = true
            _ = giveOneUp()
        } else if !seats.isFull {
            // It was left for a call of this loop that waits no longer.
            ground.askOthers(of: index)
        }
    }

    /// The wire is gone.
    final func closed(_ wire: Wire) {
        if let place = idle.firstIndex(where: { $0 === wire }) { idle.remove(at: place) }
        giveSeatBack()
    }

    private func giveSeatBack() {
        let isForOthers = yields || isOthersTurn()
        yields = false
        guard seats.giveBack(), !isEnding else { return }
        if othersWait { ground.askOthers(of: index) }
        // Later, since those who wait may be out of time as well.
        if !waiting.isEmpty, !isForOthers { ground.lookAgain(at: index) }
    }
}
