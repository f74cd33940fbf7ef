internal import CCurl
internal import Exchange
internal import Glibc
internal import NIOCore

/// What the upstream thread does, round by round: takes what attempts and event loops ask for, lets libcurl work, sends the news off, and
/// sleeps until a socket, a deadline or the mailbox wants it.
///
/// Made on the thread that makes the client and handed over whole; from then on only the upstream thread touches it.
final class Driver: Ground {
    let readiness: Readiness
    /// What has just come on a connection with TLS.
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    private var outbox = Outbox()
    private let mailbox: Mailbox
    private(set) var origins: [CurlOrigin] = []
    private var letters: [Mailbox.Letter] = []
    /// What this ground's own calls have asked for since the last round: each has ordered one connection, or has withdrawn the order.
    private var orders: [ConnectionOrder] = []
    /// Upstreams at which somebody may be seated.
    private var seating: Set<Int> = []

    /// - Parameter wholly: whether libcurl carries every request as a whole.
    init(_ upstreams: [UpstreamSettings], gauges: [Gauge], mailbox: Mailbox, wholly: Bool) throws(UpstreamClientError) {
        self.mailbox = mailbox
        readiness = try Readiness(bell: mailbox.bell, gauges: gauges)
        super.init()
        for (index, settings) in upstreams.enumerated() {
            origins.append(try CurlOrigin(settings, index: index, gauge: gauges[index], driver: self, wholly: wholly))
        }
    }

    deinit { input.deallocate() }

    /// Runs until the mailbox says stop; every attempt has ended then.
    func run() {
        while !round() {}
        for letter in mailbox.close() { obey(letter) }
        for origin in origins {
            origin.endAll(Failure(.cancelled, "the sidecar is shutting down"))
            origin.wires?.close()
        }
        outbox.flush(at: .never)
        for origin in origins { origin.close() }
    }

    /// - Returns: whether it is over.
    private func round() -> Bool {
        let stops = mailbox.collect(into: &letters)
        now = .now()
        for letter in letters { obey(letter) }
        letters.removeAll(keepingCapacity: true)
        expire()
        seeToConnections()
        for origin in origins {
            origin.runTimer()
            origin.collect()
        }
        outbox.flush(at: now)
        guard !stops else { return true }
        awaitNews()
        return false
    }

    override func origin(of upstream: UpstreamID) -> Origin? { origins[upstream.index].choose() }

    override func tell(_ head: consuming AnswerHead, of attempt: Attempt) { outbox.add(.head(head), for: attempt, at: now) }
    override func tell(_ body: consuming ByteBuffer, of attempt: Attempt) { outbox.add(.body(body), for: attempt, at: now) }
    override func tell(_ outcome: consuming AttemptOutcome, of attempt: Attempt) { outbox.add(.ended(outcome), for: attempt, at: now) }

    // MARK: What is asked for

    private func obey(_ letter: Mailbox.Letter) {
        switch letter {
        case .attempt(let attempt): see(to: attempt)
        case .order(let order): origins[order.upstream].obey(order)
        }
    }

    // MARK: Connections of its own

    override func order(_ order: ConnectionOrder) -> Bool {
        orders.append(order)
        return true
    }

    override func answer(_ order: ConnectionOrder, _ result: Result<OpenConnection, Failure>) {
        origins[order.upstream].wires?.answered(order, result)
    }

    override func lookAgain(at upstream: Int) { seating.insert(upstream) }

    private func seeToConnections() {
        for upstream in seating { origins[upstream].wires?.lookAgain() }
        seating.removeAll(keepingCapacity: true)
        let placed = orders
        orders.removeAll(keepingCapacity: true)
        for order in placed { origins[order.upstream].obey(order) }
    }

    // MARK: Waiting

    /// Returns when a socket is ready, a deadline has come or an attempt has been posted.
    private func awaitNews() {
        let isDone = orders.isEmpty && seating.isEmpty
        let milliseconds = isDone && mailbox.fallAsleep() ? millisecondsUntilDue() : 0
        let count = readiness.wait(milliseconds: milliseconds)
        now = .now()
        readiness.handOut(count) { origins[$0.origin].act(on: $0) }
        mailbox.wakeUp()
    }

    /// Rounded up, so that what was waited for is due when it is over; -1 for no end.
    private func millisecondsUntilDue() -> Int32 {
        var due = deadlines.earliest
        if let news = outbox.due, due.map({ news < $0 }) ?? true { due = news }
        for origin in origins {
            if let timer = origin.timerDue, due.map({ timer < $0 }) ?? true { due = timer }
        }
        guard let due else { return -1 }
        let wait = due.nanoseconds(since: .now())
        return Int32(clamping: wait / 1_000_000 + (wait % 1_000_000 > 0 ? 1 : 0))
    }
}

extension Failure {
    static var cancelled: Failure { Failure(.cancelled, "cancelled") }
}
