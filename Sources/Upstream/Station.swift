internal import Exchange
internal import NIOCore

/// An event loop as a ground for attempts: those of upstreams without TLS run on the loop that has asked for them, so that a call
/// goes out, and its answer comes back, without another thread.
///
/// What is asked of an attempt while another is seen to waits until that is done, and what there is to tell is told afterwards: no
/// sink is called from within a call to this room.
///
/// `@unchecked Sendable`: everything but `post` is called on the event loop, which `work` asserts.
final class Station: Ground, AttemptPost, @unchecked Sendable {
    let eventLoop: any EventLoop
    /// What is about to be sent.
    let output = SendBuffer()
    private let mailbox: Mailbox
    /// By upstream; nil where libcurl carries requests as a whole.
    private var wires: [Wires?] = []
    /// Every station, this one too.
    private var all: [Station] = []
    /// Attempts that were signalled while another was seen to: each stands in here at most once.
    private var posted: [Attempt] = []
    private var notices: [Notice] = []
    private var delivering: [Notice] = []
    private var isBusy = false
    private var isDelivering = false
    private var isDeliveryScheduled = false
    private var timer: Scheduled<Void>?
    private var timerDue = MonotonicTime.never
    private(set) var isClosed = false

    private struct Notice {
        let attempt: Attempt
        let news: News
    }

    init(_ eventLoop: any EventLoop, mailbox: Mailbox) {
        self.eventLoop = eventLoop
        self.mailbox = mailbox
    }

    /// A station for each event loop, before any of them is used.
    static func make(
        on eventLoops: [any EventLoop], _ upstreams: [UpstreamSettings], _ isCarriedWhole: [Bool], gauges: [Gauge], mailbox: Mailbox
    ) -> [Station] {
        let stations = eventLoops.map { Station($0, mailbox: mailbox) }
        let seats = upstreams.map { Seats(limit: $0.connections) }
        for station in stations {
            station.all = stations
            station.wires = upstreams.enumerated().map { index, settings in
                guard !isCarriedWhole[index] else { return nil }
                return Wires(settings, index: index, gauge: gauges[index], seats: seats[index], station: station)
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
        guard !isBusy else { return posted.append(attempt) }
        work { see(to: attempt) }
        if !notices.isEmpty { deliverSoon() }
    }

    private func see(to attempt: Attempt) {
        let signals = attempt.takeSignals()
        guard !signals.contains(.ended) else { return }
        let isCancelled = signals.contains(.cancel)
        if signals.contains(.start) {
            guard !isCancelled, !isClosed, let wires = wires[attempt.request.upstream.index] else { return refuse(attempt, .cancelled) }
            wires.start(attempt)
        } else if let carrier = attempt.carrier {
            isCancelled ? carrier.origin.end(carrier, .cancelled) : carrier.resume(room: signals.contains(.room), more: signals.contains(.more))
        }
    }

    /// Does what has to be done for one attempt, and then what others have asked for in the meantime.
    private func work(_ body: () -> Void) {
        eventLoop.assertInEventLoop()
        now = .now()
        isBusy = true
        body()
        while let attempt = posted.popLast() { see(to: attempt) }
        isBusy = false
        armTimer()
    }

    /// Something has happened on a connection, by the hand of the event loop.
    func happens(_ body: () -> Void) {
        // The end of a connection that we have closed ourselves.
        guard !isBusy else { return body() }
        work(body)
        deliver()
    }

    // MARK: News

    override func tell(_ news: News, of attempt: Attempt) { notices.append(Notice(attempt: attempt, news: news)) }

    private func deliverSoon() {
        guard !isDelivering, !isDeliveryScheduled else { return }
        isDeliveryScheduled = true
        eventLoop.execute {
            self.isDeliveryScheduled = false
            self.deliver()
        }
    }

    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        while !notices.isEmpty {
            swap(&notices, &delivering)
            deliverAll()
            delivering.removeAll(keepingCapacity: true)
        }
        isDelivering = false
    }

    /// News of one attempt from one round stand next to each other.
    private func deliverAll() {
        var place = 0
        while place < delivering.count {
            let attempt = delivering[place].attempt
            attempt.sink.newsBegins()
            while place < delivering.count, delivering[place].attempt === attempt {
                attempt.deliver(delivering[place].news)
                place += 1
            }
            attempt.sink.newsEnds()
        }
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

    /// Orders a connection of the upstream thread; false where that is gone.
    func order(_ order: ConnectionOrder) -> Bool { mailbox.post(.order(order)) }

    func answered(_ order: ConnectionOrder, _ result: Result<OpenConnection, Failure>) {
        happens { wires[order.upstream]?.answered(order, result) }
    }

    /// Has every other event loop look whether it has something to give up, or somebody to seat.
    func askOthers(of upstream: Int) {
        for other in all where other !== self { other.lookAgain(at: upstream) }
    }

    /// Looks, soon, whether somebody can be seated or something be given up.
    func lookAgain(at upstream: Int) {
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
