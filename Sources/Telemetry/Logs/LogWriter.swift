internal import Exchange
internal import Synchronization
#if canImport(Glibc)
internal import Glibc
#endif

/// Takes log lines on any thread without ever waiting, and has one thread of its own write them in order.
///
/// At most `Bounds` wait; beyond, lines are dropped and counted. When there is room again, one line tells how many were lost.
/// The thread gathers lines for a few milliseconds before it writes, so that a busy log wakes it now and then and not for
/// each line.
final class LogWriter: Sendable {
    /// What may wait to be written, the lines that the thread has in hand included.
    struct Bounds: Sendable {
        var lines = 4096
        var bytes = 4 * 1024 * 1024
    }

    /// What the thread sleeps for.
    private enum Awaited { case nothing, aLine, manyLines }

    private struct State {
        var lines: [[UInt8]] = []
        /// Taken by the thread and not written yet.
        var inHand = 0
        /// Of both.
        var bytes = 0
        var dropped: UInt64 = 0
        /// Of those, how many a line has told of.
        var reported: UInt64 = 0
        var awaited = Awaited.nothing
        var isStarted = false
        /// Set once no more lines are taken: until when to wait for room.
        var deadline: MonotonicTime?
        var isClosed = false
        var whenClosed: (@Sendable () -> Void)?
    }

    private let output: LineOutput
    private let bounds: Bounds
    private let state = Mutex(State())
    private let bell = Doorbell()

    init(_ output: LineOutput, bounds: Bounds = Bounds()) {
        self.output = output
        self.bounds = bounds
    }

    /// Lines lost, since too many waited or since nobody reads them.
    var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Hands over one line, its newline included. Lines handed over before `start` wait for it.
    func write(_ line: [UInt8]) {
        let wakes = state.withLock { state -> Bool in
            guard state.deadline == nil, state.lines.count + state.inHand < bounds.lines, state.bytes + line.count <= bounds.bytes else {
                state.dropped &+= 1
                return false
            }
            state.lines.append(line)
            state.bytes += line.count
            guard state.awaited != .nothing, isThere(state.awaited, state) else { return false }
            state.awaited = .nothing
            return true
        }
        if wakes { bell.ring() }
    }

    func start() {
        let starts = state.withLock { state -> Bool in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard starts else { return }
        if !Self.spawn(self) { state.withLock { $0.isStarted = false } }
    }

    /// Takes no more lines, and returns when those that wait are written or `limit` is over.
    func close(within limit: Duration) async {
        start()
        let deadline = MonotonicTime.now().advanced(by: limit)
        let timer = Once()
        await withCheckedContinuation { continuation in
            timer.set { continuation.resume() }
            let isClosed = state.withLock { state -> Bool in
                state.deadline = deadline
                state.whenClosed = { timer.fire() }
                return state.isClosed || !state.isStarted
            }
            bell.ring()
            if isClosed { timer.fire() }
            timer.fire(after: limit)
        }
    }

    // MARK: The thread

    private static func spawn(_ writer: LogWriter) -> Bool {
        let box = Unmanaged.passRetained(writer)
        var thread = pthread_t()
        let failed = pthread_create(&thread, nil, { pointer in
            guard let pointer else { return nil }
            Unmanaged<LogWriter>.fromOpaque(pointer).takeRetainedValue().run()
            return nil
        }, box.toOpaque())
        if failed != 0 { box.release() } else { pthread_detach(thread) }
        return failed == 0
    }

    private func run() {
        LineOutput.holdBrokenPipeSignals()
        while let lines = next() {
            for batch in Self.batches(of: lines) { write(batch) }
        }
        let whenClosed = state.withLock { state -> (@Sendable () -> Void)? in
            state.isClosed = true
            defer { state.whenClosed = nil }
            return state.whenClosed
        }
        whenClosed?()
    }

    /// What waits, soon after something does; nil when all is written and no more will come.
    private func next() -> [[UInt8]]? {
        while true {
            wait(for: .aLine)
            wait(for: .manyLines)
            let (lines, isOver) = state.withLock { state -> ([[UInt8]], Bool) in
                if state.lines.isEmpty, let report = Self.report(&state) { state.lines.append(report) }
                let lines = state.lines
                state.lines = []
                state.inHand = lines.count
                return (lines, state.deadline != nil)
            }
            if !lines.isEmpty { return lines }
            if isOver { return nil }
        }
    }

    private static let gathering = Duration.milliseconds(5)

    /// Sleeps until what is awaited is there, no more lines are taken, or, for many lines, it has been long enough.
    private func wait(for awaited: Awaited) {
        let sleeps = state.withLock { state -> Bool in
            guard state.deadline == nil, !isThere(awaited, state) else { return false }
            state.awaited = awaited
            return true
        }
        guard sleeps else { return }
        bell.wait(until: awaited == .manyLines ? .now().advanced(by: Self.gathering) : .never)
        state.withLock { $0.awaited = .nothing }
    }

    private func isThere(_ awaited: Awaited, _ state: State) -> Bool {
        switch awaited {
        case .nothing: true
        case .aLine: !state.lines.isEmpty || state.dropped > state.reported
        case .manyLines: state.lines.count >= max(1, bounds.lines / 4) || state.bytes >= bounds.bytes / 4
        }
    }

    /// A line that tells of lines lost since the last one.
    private static func report(_ state: inout State) -> [UInt8]? {
        guard state.dropped > state.reported else { return nil }
        var line = JSONLine(at: .now(), level: "warning", message: "log lines were dropped: they came faster than they were written")
        line.integer("lines", Int(clamping: state.dropped - state.reported))
        state.reported = state.dropped
        let bytes = line.finished()
        state.bytes += bytes.count
        return bytes
    }

    private func write(_ batch: ArraySlice<[UInt8]>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(batch.reduce(0) { $0 + $1.count })
        for line in batch { bytes.append(contentsOf: line) }
        let isWritten = output.write(bytes) { isPastDeadline }
        state.withLock { state in
            state.inHand -= batch.count
            state.bytes -= bytes.count
            guard !isWritten else { return }
            // A line about these would be lost as well.
            state.dropped &+= UInt64(batch.count)
            state.reported &+= UInt64(batch.count)
        }
    }

    private var isPastDeadline: Bool {
        let deadline = state.withLock { $0.deadline }
        return deadline.map { $0 <= .now() } ?? false
    }

    /// Groups of lines that are written by one system call each.
    private static func batches(of lines: [[UInt8]]) -> [ArraySlice<[UInt8]>] {
        let longest = 64
        return stride(from: 0, to: lines.count, by: longest).map { lines[$0..<min($0 + longest, lines.count)] }
    }
}
