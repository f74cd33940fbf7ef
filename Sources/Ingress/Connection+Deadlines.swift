internal import NIOCore

/// The one timer of a connection. It goes off at least as often as the shortest timeout, looks which deadline is due, and
/// sets itself again: so a deadline that moves with every request costs no scheduling.
struct Deadlines {
    private let interval: TimeAmount
    private var scheduled: Scheduled<Void>?
    private var goesOffAt = NIODeadline.distantFuture

    /// - Parameter shortest: of all timeouts; below 10 ms it is looked at every 10 ms.
    init(shortest: Duration) { interval = max(.milliseconds(10), TimeAmount(shortest)) }

    /// Whether the timer would go off too late for `due`.
    func isLate(for due: NIODeadline) -> Bool { scheduled == nil || due < goesOffAt }

    /// Sees to it that the timer goes off at `due` or before.
    mutating func arm(_ due: NIODeadline, on eventLoop: any EventLoop, _ check: @escaping () -> Void) {
        scheduled?.cancel()
        goesOffAt = min(due, eventLoop.now + interval)
        scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: goesOffAt, check)
    }

    /// The timer went off.
    mutating func wentOff() {
        scheduled = nil
        goesOffAt = .distantFuture
    }

    mutating func cancel() {
        scheduled?.cancel()
        wentOff()
    }
}

/// What bounds a connection in time.
extension Connection {
    func deadline(in time: Duration) -> NIODeadline {
        guard let context else { return .distantFuture }
        return context.eventLoop.now + TimeAmount(time)
    }

    func armDeadlines() {
        let due = min(readDeadline, writeDeadline)
        guard deadlines.isLate(for: due), phase != .closed, let context else { return }
        deadlines.arm(due, on: context.eventLoop) { self.checkDeadlines() }
    }

    private func checkDeadlines() {
        deadlines.wentOff()
        guard let context, phase != .closed else { return }
        let now = context.eventLoop.now
        if writeDeadline <= now {
            if applicationTakesBytes() { writeDeadline = deadline(in: limits.bodyTimeout) } else { writeTimedOut() }
        }
        if readDeadline <= now { readTimedOut() }
        armDeadlines()
    }

    private func readTimedOut() {
        readDeadline = .distantFuture
        switch phase {
        case .head:
            if headStartedAt != nil { return refuse(.headTimeout) }
            // The last answer may still be on its way, however slowly.
            if applicationTakesBytes() { readDeadline = deadline(in: limits.idleTimeout) } else { closeNow(reset: false) }
        case .body: refuseBody(.bodyTimeout)
        case .lingering: closeNow(reset: false)
        case .answering: probe()
        case .closing, .closed: break
        }
    }

    /// The channel has become full: from now on some byte must leave in time.
    func outputFilled() {
        writeDeadline = deadline(in: limits.bodyTimeout)
        _ = applicationTakesBytes()
    }

    private func writeTimedOut() {
        applicationGone("The application took no byte of its answer for limits.body_timeout.")
    }

    /// Whether bytes wait for the socket and some have left since the last time this was asked.
    private func applicationTakesBytes() -> Bool {
        guard let waiting = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > 0 else { return false }
        let taken = bytesSent &- waiting
        defer { bytesTakenAtLastCheck = taken }
        return taken != bytesTakenAtLastCheck
    }
}
