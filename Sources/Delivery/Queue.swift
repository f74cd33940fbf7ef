internal import Exchange
internal import Policy
internal import Spool

/// What a lane decides: which delivery goes next, when, and when the spool is asked for more. Pure: the time is passed in, and
/// what is to be done comes out.
///
/// The spool is the truth: a delivery is pending there until its settlement is committed. In here are the deliveries that are in
/// memory, within bounds, and the time from which the spool may have others.
struct Queue {
    /// What the lane is to do next.
    enum Step {
        case send(SpooledDelivery, Gate.Pass)
        case ask(besides: Set<DeliveryID>, limit: Int, bytes: Int)
        /// Nothing, until then or until something happens; nil: something must happen.
        case rest(until: MonotonicTime?)
    }

    /// A delivery that waits longer than this, in nanoseconds, does so in the spool alone.
    static let longestWaitInMemory: UInt64 = 5_000_000_000

    private let concurrency: Int
    private var backlog: Backlog
    private(set) var running = 0
    /// From when on the spool may have something that is not in memory; nil where it has nothing.
    private var spoolDue: WallTime? = WallTime(nanosecondsSinceEpoch: 0)
    private var isAsking = false
    /// Held only until the spool has their next time.
    private var leaving: Set<DeliveryID> = []
    private(set) var isStopping = false

    /// - Parameters:
    ///   - concurrency: deliveries on their way at once; four times as many are in memory, so that those that come next are there.
    ///   - byteLimit: bytes of their requests.
    init(concurrency: Int, byteLimit: Int) {
        self.init(concurrency: concurrency, limit: 4 * concurrency, byteLimit: byteLimit)
    }

    init(concurrency: Int, limit: Int, byteLimit: Int) {
        self.concurrency = concurrency
        backlog = Backlog(limit: limit, byteLimit: byteLimit)
    }

    var isEmptied: Bool { isStopping && running == 0 }

    // MARK: What comes in

    /// A delivery that has just been kept. Where others wait in the spool already it waits there behind them.
    mutating func take(_ delivery: SpooledDelivery, at now: WallTime) {
        guard !isStopping else { return }
        let isBehind = spoolDue.map { $0 <= now } ?? false
        // Which of an order goes next, the spool alone can tell.
        guard delivery.exchange.orderKey == nil, !isBehind, backlog.take(delivery) else { return noteDue(delivery.nextAttemptAt) }
    }

    /// The spool may have something from this time on.
    mutating func noteDue(_ time: WallTime) { spoolDue = min(spoolDue ?? time, time) }

    /// The spool has answered.
    mutating func took(_ due: Due, at now: WallTime) {
        isAsking = false
        for delivery in due.deliveries where !backlog.take(delivery) { noteDue(delivery.nextAttemptAt) }
        if due.fault != nil {
            noteDue(now.advanced(byNanoseconds: 1_000_000_000))
        } else if let at = due.nextAt {
            noteDue(at)
        }
    }

    // MARK: What goes out

    /// What to do now; asked again until it says to rest.
    mutating func next(at now: Moment, _ gate: () -> Gate.Passage) -> Step {
        guard !isStopping else { return .rest(until: nil) }
        var wake: MonotonicTime?
        if running < concurrency, let first = backlog.first {
            if first.nextAttemptAt > now.wall {
                wake = now.time(of: first.nextAttemptAt)
            } else {
                switch gate() {
                case .refused(_, let until): wake = until
                case .go(let pass):
                    if let delivery = backlog.popFirst() {
                        running += 1
                        return .send(delivery, pass)
                    }
                }
            }
        }
        guard let due = spoolDue, !isAsking, backlog.room > 0, backlog.waitingCount <= backlog.limit / 4 else { return .rest(until: wake) }
        guard due <= now.wall else {
            let at = now.time(of: due)
            return .rest(until: wake.map { min($0, at) } ?? at)
        }
        isAsking = true
        spoolDue = nil
        return .ask(besides: backlog.held, limit: backlog.room, bytes: max(1, backlog.byteRoom))
    }

    // MARK: What comes back

    /// It never was on the wire: it stands in line again.
    mutating func returned(_ delivery: SpooledDelivery) {
        running -= 1
        backlog.putBack(delivery)
    }

    /// Its attempt has ended. One that goes on soon stands in line again; anything else is held until the spool has it.
    mutating func ended(_ delivery: SpooledDelivery, _ next: Settlement.Next, at now: WallTime) {
        running -= 1
        guard case .retry(let at) = next else { return }
        if Self.waitsInSpool(at, now) { leaving.insert(delivery.id) } else { backlog.putBack(delivery) }
    }

    /// The spool has what the attempt made of it.
    mutating func committed(_ delivery: SpooledDelivery, _ next: Settlement.Next, at now: WallTime) {
        if case .retry(let at) = next {
            guard leaving.remove(delivery.id) != nil else { return }
            backlog.drop(delivery.id)
            noteDue(at)
        } else {
            backlog.drop(delivery.id)
            // Those behind it in its order may go now.
            if delivery.exchange.orderKey != nil { noteDue(now) }
        }
    }

    private static func waitsInSpool(_ time: WallTime, _ now: WallTime) -> Bool {
        time.nanosecondsSinceEpoch > now.nanosecondsSinceEpoch &+ longestWaitInMemory
    }

    // MARK: The end

    mutating func stop() { isStopping = true }
}

extension Moment {
    /// The point on the monotonic clock at which the calendar will say this; now where that is past.
    fileprivate func time(of wall: WallTime) -> MonotonicTime {
        guard wall > self.wall else { return monotonic }
        return monotonic.advanced(by: .nanoseconds(Int64(clamping: wall.nanosecondsSinceEpoch - self.wall.nanosecondsSinceEpoch)))
    }
}
