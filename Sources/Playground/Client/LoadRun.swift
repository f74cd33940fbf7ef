import Exchange
import NIOCore
import NIOHTTP1
import NIOPosix

/// A run of calls over a bounded number of connections, all on one event loop.
///
/// A call's latency is measured from when it was due, also where no connection was free then: a server that stalls is
/// charged for every call that would have been made meanwhile.
final class LoadRun {
    private static let openedAtOnce = 64

    private let plan: LoadPlan
    private let target: LoadTarget
    private let head: HTTPRequestHead
    private let body: ByteBuffer
    private let connections: Int
    /// Whether all connections are opened before the first call is due, and calls go over each in turn. Else a connection is opened
    /// when a call finds none free, and the one used last is used again.
    private let usesAll: Bool
    private let timeout: Duration
    private let eventLoop: any EventLoop
    private var start = MonotonicTime.now()

    private(set) var result = LoadResult()
    private var idle = CircularBuffer<LoadConnection>()
    private var busy: [ObjectIdentifier: LoadConnection] = [:]
    private var connecting = 0
    /// The number of the next call.
    private var next = 0
    private var timer: (at: UInt64, task: Scheduled<Void>)?
    /// Whether the first call is due.
    private var hasBegun: Bool
    private var isStopped = false
    private var isDone = false
    private let done: EventLoopPromise<LoadResult>

    init(
        _ plan: LoadPlan, target: LoadTarget, head: HTTPRequestHead, body: ByteBuffer, connections: Int, usesAll: Bool = false,
        timeout: Duration, done: EventLoopPromise<LoadResult>
    ) {
        self.plan = plan
        self.target = target
        self.head = head
        self.body = body
        self.connections = connections
        self.usesAll = usesAll
        hasBegun = !usesAll
        self.timeout = timeout
        self.done = done
        self.eventLoop = done.futureResult.eventLoop
    }

    /// Begins no call from now on; the run is over when those under way are.
    func stop() {
        isStopped = true
        proceed()
    }

    // MARK: Calls

    /// Begins every call that is due and has a connection, and sees to it that the others get one or wait for their time.
    func proceed() {
        guard !isDone, hasBegun || open() else { return }
        while mayBegin, let connection = usesAll ? idle.popFirst() : idle.popLast() { begin(on: connection) }
        if mayBegin {
            while connecting + busy.count + idle.count < connections, connecting < waiting { connect() }
        }
        endOrWait()
    }

    /// Opens connections until all are there, as many at a time as any server has room for. One that can't be opened, or a server
    /// that closes them again and again, keeps no call waiting for ever.
    private func open() -> Bool {
        while connecting + idle.count < connections, connecting < Self.openedAtOnce { connect() }
        if idle.count == connections || isStopped || now > UInt64(max(0, timeout.nanoseconds)) { start(.now()) }
        return hasBegun
    }

    private func start(_ time: MonotonicTime) {
        hasBegun = true
        start = time
    }

    private var now: UInt64 { MonotonicTime.now().nanoseconds(since: start) }

    private var mayBegin: Bool { !isStopped && plan.mayBegin(next, at: now) && !isTooLate }

    /// What is still owed one timeout after the end of an open loop is given up.
    private var isTooLate: Bool {
        givesUpAt.map { now > $0 } ?? false
    }

    private var givesUpAt: UInt64? {
        guard plan.rate != nil, let duration = plan.duration else { return nil }
        return UInt64(max(0, (duration + timeout).nanoseconds))
    }

    /// Calls that are due and not begun, as far as it matters for the number of connections.
    private var waiting: Int {
        var count = 0
        while count < connections, plan.mayBegin(next + count, at: now) { count += 1 }
        return count
    }

    private func begin(on connection: LoadConnection) {
        let due = plan.rate == nil ? now : plan.due(next) ?? now
        next += 1
        result.sent += 1
        busy[ObjectIdentifier(connection)] = connection
        connection.send(head, body: body, due: due, timeout: .nanoseconds(timeout.nanoseconds))
    }

    private func endOrWait() {
        let isExhausted = isStopped || isTooLate || plan.due(next) == nil || plan.rate == nil && !plan.mayBegin(next, at: now)
        if isExhausted {
            if busy.isEmpty && connecting == 0 { finish() }
        } else if plan.rate != nil, let due = plan.due(next) {
            // Where the next call is due already, an answer or a new connection will wake the run, or the time to give up:
            // unless a connection is free, or none will be. Then the call has become due only since the clock was last read.
            let isAwaited = idle.isEmpty && (!busy.isEmpty || connecting > 0)
            if let wake = due > now || !isAwaited ? due : givesUpAt { wait(until: wake) }
        }
    }

    private func wait(until wake: UInt64) {
        guard timer?.at != wake else { return }
        timer?.task.cancel()
        let delay = TimeAmount.nanoseconds(Int64(clamping: wake) - Int64(clamping: now) + 1)
        let task = eventLoop.assumeIsolated().scheduleTask(in: delay) { [self] in
            timer = nil
            proceed()
        }
        timer = (wake, task)
    }

    private func finish() {
        isDone = true
        timer?.task.cancel()
        if let promised = plan.promised, !isStopped { result.unsent = max(0, promised - next) }
        for connection in idle { connection.close() }
        idle.removeAll()
        done.succeed(result)
    }

    // MARK: From connections

    private func connect() {
        connecting += 1
        let run = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(LoadConnection(run.value))
                }
            }
            .connect(host: target.host, port: target.port)
            .flatMapThrowing { try $0.pipeline.syncOperations.handler(type: LoadConnection.self) }
            .assumeIsolated()
            .whenComplete { [self] outcome in connected(outcome) }
    }

    private func connected(_ outcome: Result<LoadConnection, any Error>) {
        connecting -= 1
        if case .success(let connection) = outcome {
            idle.append(connection)
            return proceed()
        }
        if !hasBegun { start(.now()) }
        if mayBegin {
            next += 1
            result.sent += 1
            failed(.connect)
        }
        // A closed loop would call a dead port without a pause.
        eventLoop.assumeIsolated().scheduleTask(in: plan.rate == nil ? .milliseconds(100) : .zero) { [self] in proceed() }
    }

    func received(bytes: Int) { result.bytesReceived += bytes }

    func answered(_ connection: LoadConnection, status: Int, due: UInt64, keepsAlive: Bool) {
        let now = now
        result.answered(status: status, after: now > due ? now - due : 0)
        result.elapsed = now
        guard keepsAlive else { return }
        busy[ObjectIdentifier(connection)] = nil
        if isDone { connection.close() } else { idle.append(connection) }
        proceed()
    }

    func failed(_ error: LoadError) {
        result.failed(error)
        result.elapsed = now
    }

    /// The connection is closed, between calls or in the middle of one.
    func gone(_ connection: LoadConnection) {
        busy[ObjectIdentifier(connection)] = nil
        idle.removeAll { $0 === connection }
        proceed()
    }
}
