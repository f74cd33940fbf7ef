internal import Dispatch
internal import Exchange
internal import Synchronization

/// What waits for the writer, in the order it was handed over. Any thread puts in; the writer alone takes out.
final class Mailbox: Sendable {
    private struct State {
        var waiting: [Operation] = []
        var bytes = 0
        var isClosed = false
        /// The writer waits for the bell, which nobody has rung yet.
        var sleeps = false
    }

    enum Refusal: Sendable, Hashable {
        /// So many operations with so many bytes wait already.
        case full(operations: Int, bytes: Int)
        case closed
    }

    private let bounds: Bounds
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    init(_ bounds: Bounds) { self.bounds = bounds }

    /// nil: it will be done.
    func put(_ operation: Operation) -> Refusal? {
        let (refusal, wakes) = state.withLock { state -> (Refusal?, Bool) in
            guard !state.isClosed else { return (.closed, false) }
            if operation.isAccept, state.waiting.count >= bounds.waitingOperations || state.bytes >= bounds.waitingBytes {
                return (.full(operations: state.waiting.count, bytes: state.bytes), false)
            }
            state.waiting.append(operation)
            state.bytes += operation.size
            defer { state.sleeps = false }
            return (nil, state.sleeps)
        }
        if wakes { bell.signal() }
        return refusal
    }

    /// Takes nothing more; what waits is still done.
    func close() {
        let wakes = state.withLock { state in
            state.isClosed = true
            defer { state.sleeps = false }
            return state.sleeps
        }
        if wakes { bell.signal() }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The next group: empty when `time` has come, or when the mailbox is closed and nothing is left in it.
    func take(until time: MonotonicTime) -> [Operation] {
        while true {
            let group = state.withLock { state -> [Operation]? in
                if let group = cut(&state) { return group }
                guard !state.isClosed, MonotonicTime.now() < time else { return [] }
                state.sleeps = true
                return nil
            }
            if let group { return group }
            _ = bell.wait(timeout: DispatchTime(uptimeNanoseconds: min(time.nanoseconds, UInt64(Int64.max))))
            state.withLock { $0.sleeps = false }
        }
    }

    private func cut(_ state: inout State) -> [Operation]? {
        guard !state.waiting.isEmpty else { return nil }
        var (count, bytes) = (0, 0)
        while count < min(state.waiting.count, bounds.groupOperations), bytes < bounds.groupBytes {
            bytes += state.waiting[count].size
            count += 1
        }
        let group = Array(state.waiting[..<count])
        state.waiting.removeFirst(count)
        state.bytes -= bytes
        return group
    }
}
