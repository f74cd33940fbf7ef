internal import Exchange
internal import NIOCore
internal import Policy
internal import Spool
internal import Telemetry
internal import Upstream

/// The way of spooled deliveries to one upstream: which goes next, when, and how it settles.
///
/// Lives on one event loop. The spool is the truth: a delivery is pending there until its settlement is committed, and the lane
/// holds no more of them in memory than its bounds allow. An upstream that is dead holds up its own lane and no other.
///
/// `@unchecked Sendable`: the spool and Upstream hold it, and come back to its event loop before they touch it.
final class Lane: @unchecked Sendable {
    /// Deliveries in memory, and bytes of their requests.
    static let limit = 1024
    static let byteLimit = 32 * 1024 * 1024
    /// A delivery that waits longer than this does so in the spool alone.
    static let longestWaitInMemory: UInt64 = 5_000_000_000

    let road: Road
    let context: LaneContext
    private let concurrency: Int
    private var backlog = Backlog(limit: Lane.limit, byteLimit: Lane.byteLimit)
    private var running: [ObjectIdentifier: Errand] = [:]
    /// When the spool may have something that is not in memory; nil where it has nothing.
    private var spoolDue: WallTime?
    private var isAsking = false
    private var timer: Scheduled<Void>?
    private var isStopping = false

    init(_ road: Road, _ context: LaneContext) {
        self.road = road
        self.context = context
        concurrency = min(road.settings.inFlight, road.settings.connections)
        spoolDue = WallTime(nanosecondsSinceEpoch: 0)
    }

    // MARK: What comes in

    /// Deliveries that have just been kept. Where others wait in the spool they wait behind them.
    func take(_ delivery: SpooledDelivery) {
        context.eventLoop.assertInEventLoop()
        guard !isStopping else { return }
        // Which of an order goes next, the spool alone can tell.
        if delivery.exchange.orderKey != nil || isBehindTheSpool || !backlog.take(delivery) { noteDue(delivery.nextAttemptAt) }
        goOn()
    }

    /// There may be more in the spool from this time on.
    func noteDue(_ time: WallTime) { spoolDue = min(spoolDue ?? time, time) }

    private var isBehindTheSpool: Bool { spoolDue.map { $0 <= .now() } ?? false }

    // MARK: What goes out

    /// Sends what may go, asks the spool for more, and sees to being called again when the next is due.
    func goOn() {
        guard !isStopping else { return }
        timer?.cancel()
        timer = nil
        let now = WallTime.now()
        var next: MonotonicTime?
        while running.count < concurrency, let first = backlog.first {
            guard first.nextAttemptAt <= now else {
                next = Self.time(of: first.nextAttemptAt, now)
                break
            }
            if let until = send() {
                next = until
                break
            }
        }
        askSpool(now)
        // A running attempt's end calls in any case; with none running only the clock does.
        if let due = spoolDue, !isAsking, backlog.room > 0 {
            let at = Self.time(of: due, now)
            next = next.map { min($0, at) } ?? at
        }
        if let next { wake(at: next) }
    }

    /// Sends the first in line.
    ///
    /// - Returns: when to try again, where it may not go.
    private func send() -> MonotonicTime? {
        switch road.gate.enter(ignoresPause: false) {
        case .refused(_, let until): return until
        case .go(let pass):
            guard let delivery = backlog.popFirst() else { return nil }
            let errand = Errand(delivery, pass, lane: self)
            guard errand.start() else {
                road.gate.withdrawn(pass)
                backlog.putBack(delivery)
                // Others of the upstream's calls use up `limit.in_flight`, and their ends are not told here.
                return running.isEmpty ? MonotonicTime.now().advanced(by: .milliseconds(20)) : .never
            }
            running[ObjectIdentifier(errand)] = errand
            return nil
        }
    }

    private func wake(at time: MonotonicTime) {
        guard time != .never else { return }
        let wait = max(time.nanoseconds(since: .now()), 1_000_000)
        timer = context.eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: wait))) { self.goOn() }
    }

    private static func time(of wall: WallTime, _ now: WallTime) -> MonotonicTime {
        guard wall > now else { return .now() }
        return MonotonicTime.now().advanced(by: .nanoseconds(Int64(clamping: wall.nanosecondsSinceEpoch - now.nanosecondsSinceEpoch)))
    }

    // MARK: The spool

    /// Asks for more where memory runs low and the spool has some.
    private func askSpool(_ now: WallTime) {
        guard let due = spoolDue, due <= now, !isAsking, backlog.waitingCount <= Self.limit / 4, backlog.room > 0 else { return }
        isAsking = true
        spoolDue = nil
        context.spool.due(road.settings.name, at: now, besides: backlog.held, limit: backlog.room, bytes: max(1, backlog.byteRoom)) { due in
            self.context.eventLoop.execute { self.took(due) }
        }
    }

    private func took(_ due: Due) {
        isAsking = false
        guard !isStopping else { return }
        for delivery in due.deliveries where !backlog.take(delivery) { noteDue(delivery.nextAttemptAt) }
        if due.fault != nil {
            noteDue(WallTime.now().advanced(byNanoseconds: 1_000_000_000))
        } else if let at = due.nextAt {
            noteDue(at)
        }
        goOn()
    }

    // MARK: What comes back

    /// The attempt never was one: it stands in line again.
    func returned(_ errand: Errand) {
        running[ObjectIdentifier(errand)] = nil
        backlog.putBack(errand.delivery)
        ended()
    }

    /// The attempt has ended and the delivery goes on, at its `nextAttemptAt`, or has settled.
    func ended(_ errand: Errand, with settlement: Settlement) {
        running[ObjectIdentifier(errand)] = nil
        let waitsInSpool = Self.waitsInSpool(settlement.next)
        if case .retry = settlement.next, !waitsInSpool { backlog.putBack(errand.delivery) }
        context.spool.settle(settlement) { settled in
            self.context.eventLoop.execute { self.committed(errand, settlement, settled, waitsInSpool: waitsInSpool) }
        }
        ended()
    }

    private static func waitsInSpool(_ next: Settlement.Next) -> Bool {
        guard case .retry(let at) = next else { return false }
        return at.nanosecondsSinceEpoch > WallTime.now().nanosecondsSinceEpoch + longestWaitInMemory
    }

    private func ended() {
        if isStopping, running.isEmpty { context.emptied(self) }
        goOn()
    }

    private func committed(_ errand: Errand, _ settlement: Settlement, _ settled: Settled, waitsInSpool: Bool) {
        if case .retry(let at) = settlement.next {
            guard waitsInSpool else { return }
            backlog.drop(errand.delivery.id)
            noteDue(at)
        } else {
            backlog.drop(errand.delivery.id)
            errand.report(settled, settlement)
            // Those behind it in its order may go now.
            if errand.delivery.exchange.orderKey != nil { noteDue(.now()) }
            context.committed(settled, of: errand.delivery.exchange.id)
        }
        goOn()
    }

    // MARK: The end

    /// Starts nothing more.
    func stop() {
        isStopping = true
        timer?.cancel()
        timer = nil
        if running.isEmpty { context.emptied(self) }
    }

    /// Ends what is on its way: it stays pending, and is sent again under its key when the spool is opened next.
    func cancel() {
        for errand in running.values { errand.cancel() }
    }

    var isStopped: Bool { isStopping }
}
