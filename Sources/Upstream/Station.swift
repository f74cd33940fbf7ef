internal import DequeModule
internal import Exchange
internal import NIOCore

/// An event loop as a ground for attempts: those of upstreams without TLS run on the loop that has asked for them, so that a call
/// goes out, and its answer comes back, without another thread.
///
/// What is asked of attempts, and what there is to tell of them, is gathered while the event loop hands out what its sockets have
/// to say, and seen to in one round after it: like work stands together, which keeps the processor's caches warm, and no sink is
/// called from within a call to this room. A call that comes alone does not wait for the round.
///
/// `@unchecked Sendable`: everything but `post` is called on the event loop, which `round` asserts.
final class Station: Ground, AttemptPost, @unchecked Sendable {
    let eventLoop: any EventLoop
    /// What has just come.
    let input = ReadMemory()
    private let mailbox: Mailbox
    /// By upstream; nil where the upstream thread carries its requests.
    private var wires: [LoopWires?] = []
    /// Every station, this one too.
    private var all: [Station] = []
    /// Attempts that were signalled since the last round: each stands in here at most once, so no more than run.
    private var posted = Deque<Attempt>()
    /// Attempts of which there is something to tell since the last round, each at most once.
    private var told = Deque<Attempt>()
    private var isRoundDue = false
    /// Attempts that somebody waits for, begun since the last round, and before the last round that had any.
    private var urgent = 0
    private var urgentBefore = 0
    private(set) var idleCheck = IdleCheck()
    private var timer: Scheduled<Void>?
    private var timerDue = MonotonicTime.never
    private var isClosed = false

    init(_ eventLoop: any EventLoop, mailbox: Mailbox) {
        self.eventLoop = eventLoop
        self.mailbox = mailbox
    }

    /// A station for each event loop, before any of them is used.
    static func make(
        on eventLoops: [any EventLoop], _ upstreams: [UpstreamSettings], _ areElsewhere: [Bool], gauges: [Gauge], mailbox: Mailbox
    ) -> [Station] {
        let stations = eventLoops.map { Station($0, mailbox: mailbox) }
        let seats = upstreams.map { Seats(limit: $0.connections) }
        for station in stations {
            station.all = stations
            station.wires = upstreams.enumerated().map { index, settings in
                guard !areElsewhere[index] else { return nil }
                return LoopWires(settings, index: index, gauge: gauges[index], seats: seats[index], station: station)
            }
        }
        return stations
    }

    // MARK: What attempts ask for

    @discardableResult
    func post(_ attempt: Attempt) -> Bool {
        if eventLoop.inEventLoop { obey(attempt) } else { eventLoop.execute { self.obey(attempt) } }
        return true
    }

    private func obey(_ attempt: Attempt) {
        if attempt.request.isUrgent, attempt.carrier == nil {
            urgent += 1
            if comeOneByOne {
                now = .now()
                see(to: attempt)
                return roundSoon()
            }
        }
        posted.append(attempt)
        wires[attempt.request.upstream.index]?.callsToCome += 1
        roundSoon()
    }

    /// Whether calls come one by one: then what somebody waits for goes out before anything else is begun. Where many come at once they
    /// go out one behind the other, which costs less: an upstream that the first has woken takes the others without being woken.
    private var comeOneByOne: Bool { urgent == 1 && urgentBefore <= 1 && !isRoundDue }

    override func origin(of upstream: UpstreamID) -> Origin? { isClosed ? nil : wires[upstream.index] }

    override func happens(_ body: () -> Void) {
        now = .now()
        body()
        if !told.isEmpty || deadlines.earliest.map({ $0 < timerDue }) ?? false { roundSoon() }
    }

    private func roundSoon() {
        guard !isRoundDue else { return }
        isRoundDue = true
        eventLoop.execute { self.round() }
    }

    /// Sees to what has been asked for, and then tells what there is to tell, until there is nothing of either.
    private func round() {
        eventLoop.assertInEventLoop()
        if urgent > 0 { (urgentBefore, urgent) = (urgent, 0) }
        repeat {
            now = .now()
            checkIdle()
            while let attempt = posted.popFirst() { see(to: attempt) }
            idleCheck.forget()
            while let attempt = told.popFirst() { attempt.deliverTidings() }
        } while !posted.isEmpty || !told.isEmpty
        isRoundDue = false
        armTimer()
    }

    /// Looks at the connections that what was posted may take: the event loop may not have come to what has arrived on them.
    private func checkIdle() {
        for wires in wires { wires?.add(to: &idleCheck) }
        guard idleCheck.ask() else { return }
        var place = 0
        for wires in wires { wires?.note(idleCheck, from: &place) }
    }

    // MARK: News

    override func tell(_ head: consuming AnswerHead, of attempt: Attempt) {
        attempt.tidings.add(head)
        note(attempt)
    }

    override func tell(_ body: consuming ByteBuffer, of attempt: Attempt) {
        attempt.tidings.add(body)
        note(attempt)
    }

    override func tell(_ outcome: consuming AttemptOutcome, of attempt: Attempt) {
        attempt.tidings.end(outcome)
        note(attempt)
    }

    private func note(_ attempt: Attempt) {
        guard !attempt.hasTidings else { return }
        attempt.hasTidings = true
        told.append(attempt)
    }

    // MARK: Deadlines

    private func armTimer() {
        guard let due = deadlines.earliest, due < timerDue else { return }
        timer?.cancel()
        timerDue = due
        // Rounded up to a millisecond, so that what is due at nearly the same time ends together.
        let wait = Int64(clamping: due.nanoseconds(since: now) / 1_000_000 + 1)
        timer = eventLoop.scheduleTask(in: .milliseconds(wait)) {
            self.timerDue = .never
            self.happens { self.expire() }
        }
    }

    // MARK: Connections

    override func order(_ order: ConnectionOrder) -> Bool { mailbox.post(.order(order)) }

    override func answer(_ order: ConnectionOrder, _ result: Result<OpenConnection, Failure>) {
        eventLoop.execute {
            self.happens { self.wires[order.upstream]?.answered(order, result) }
        }
    }

    override func askOthers(of upstream: Int) {
        for other in all where other !== self { other.lookAgain(at: upstream) }
    }

    override func lookAgain(at upstream: Int) {
        eventLoop.execute { self.happens { self.wires[upstream]?.lookAgain() } }
    }

    /// Ends what runs as `cancelled` and closes every connection. Nothing runs here after it.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        happens {
            for wires in wires { wires?.close() }
        }
        timer?.cancel()
        all = []
    }
}
