internal import Exchange
internal import NIOCore
internal import Policy
internal import Spool
internal import Telemetry
internal import Upstream

/// The way of spooled deliveries to one upstream: does what its queue decides. An upstream that is dead holds up its own lane and
/// no other.
///
/// Lives on one event loop. `@unchecked Sendable`: the spool and Upstream hold it, and come back to that loop before they touch it.
final class Lane: @unchecked Sendable {
    let road: Road
    let context: LaneContext
    private var queue: Queue
    private var running: [ObjectIdentifier: Errand] = [:]
    private var timer: Scheduled<Void>?

    init(_ road: Road, _ context: LaneContext) {
        self.road = road
        self.context = context
        queue = Queue(concurrency: min(road.settings.inFlight, road.settings.connections), byteLimit: context.memory)
    }

    /// A delivery that has just been kept.
    func take(_ delivery: SpooledDelivery) {
        context.eventLoop.assertInEventLoop()
        queue.take(delivery, at: .now())
        goOn()
    }

    /// The spool has something whose time has come.
    func look() {
        queue.noteDue(.now())
        goOn()
    }

    // MARK: What goes out

    func goOn() {
        timer?.cancel()
        timer = nil
        while true {
            switch queue.next(at: .now(), { road.gate.enter(from: .spooled) }) {
            case .send(let delivery, let pass):
                guard send(delivery, pass) else { return wake(at: running.isEmpty ? .now().advanced(by: Self.pollInterval) : nil) }
            case .ask(let held, let limit, let bytes): ask(besides: held, limit, bytes)
            case .rest(let until): return wake(at: until)
            }
        }
    }

    /// The ends of other calls to the upstream, which use up `limit.in_flight`, are not told here.
    private static let pollInterval: Duration = .milliseconds(20)

    private func send(_ delivery: SpooledDelivery, _ pass: Gate.Pass) -> Bool {
        let errand = Errand(delivery, pass, lane: self)
        guard errand.start() else {
            road.gate.withdrawn(pass)
            queue.returned(delivery)
            return false
        }
        running[ObjectIdentifier(errand)] = errand
        return true
    }

    private func wake(at time: MonotonicTime?) {
        guard let time, time != .never else { return }
        let wait = max(time.nanoseconds(since: .now()), 1_000_000)
        timer = context.eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: wait))) { self.goOn() }
    }

    private func ask(besides held: Set<DeliveryID>, _ limit: Int, _ bytes: Int) {
        context.spool.due(road.settings.name, at: .now(), besides: held, limit: limit, bytes: bytes) { due in
            self.context.eventLoop.execute {
                self.queue.took(due, at: .now())
                self.goOn()
            }
        }
    }

    // MARK: What comes back

    /// The attempt never was one.
    func returned(_ errand: Errand) {
        running[ObjectIdentifier(errand)] = nil
        queue.returned(errand.delivery)
        ended()
    }

    func ended(_ errand: Errand, with settlement: Settlement) {
        running[ObjectIdentifier(errand)] = nil
        queue.ended(errand.delivery, settlement.next, at: .now())
        context.spool.settle(settlement) { settled in
            self.context.eventLoop.execute { self.committed(errand, settlement, settled) }
        }
        ended()
    }

    private func ended() {
        if queue.isEmptied { context.emptied(self) }
        goOn()
    }

    private func committed(_ errand: Errand, _ settlement: Settlement, _ settled: Settled) {
        queue.committed(errand.delivery, settlement.next, at: .now())
        errand.report(settled, settlement)
        context.settled(settled, errand.delivery.exchange.id)
        goOn()
    }

    // MARK: The end

    /// Starts nothing more.
    func stop() {
        queue.stop()
        timer?.cancel()
        timer = nil
        if queue.isEmptied { context.emptied(self) }
    }

    /// Ends what is on its way: it stays pending, and is sent again under its key when the spool is opened next.
    func cancel() {
        for errand in running.values { errand.cancel() }
    }
}
