package import NIOCore
internal import Synchronization

/// The body of one request, shared by every upstream that gets it: written once by Ingress, read by as many as need it.
///
/// While it is no longer than `keep` it stays whole, so that mirrors and retries can read it from its start. Beyond that,
/// what the primary has read is let go and only the primary can go on: `isWhole` is false from then on. The primary's
/// own lag is bounded by `window`: `append` answers false when the writer should stop until `whenSpace` is called.
package final class RequestBody: Sendable {
    /// A reader's place. Each attempt has its own and starts at the beginning.
    package struct Position: Sendable {
        fileprivate var chunk = 0
        fileprivate var offset = 0
        package init() {}
    }

    package enum Read: Equatable, Sendable {
        /// So many bytes were copied out.
        case bytes(Int)
        /// Nothing now; `whenMore` says when.
        case wait
        case end
        /// The application went away in mid-body: the rest will never come.
        case aborted
        /// The part asked for has been let go: this reader came too late.
        case gone
    }

    private enum End: Sendable { case open, finished, aborted }

    private struct State {
        var chunks: [ByteBuffer] = []
        /// The number of chunks let go from the front.
        var released = 0
        var received = 0
        /// Bytes received that the primary has not read yet.
        var unread = 0
        var end = End.open
        var isWhole = true
        var whenMore: (@Sendable () -> Void)?
        var writerWaits = false
    }

    private let keep: Int
    private let window: Int
    private let whenSpace: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - keep: bytes up to which the body stays whole.
    ///   - window: bytes that may wait for the primary before the writer is told to stop.
    ///   - whenSpace: called, on the reader's thread, when a stopped writer may go on.
    package init(keep: Int, window: Int, whenSpace: @escaping @Sendable () -> Void = {}) {
        self.keep = keep
        self.window = window
        self.whenSpace = whenSpace
    }

    // MARK: The writer's side

    /// Adds bytes; false where the writer should stop until `whenSpace`.
    package func append(_ bytes: ByteBuffer) -> Bool {
        let (waker, goOn) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
            state.chunks.append(bytes)
            state.received += bytes.readableBytes
            state.unread += bytes.readableBytes
            if state.received > keep { state.isWhole = false }
            state.writerWaits = state.unread > window
            defer { state.whenMore = nil }
            return (state.whenMore, !state.writerWaits)
        }
        waker?()
        return goOn
    }

    package func finish() { close(.finished) }

    package func abort() { close(.aborted) }

    private func close(_ end: End) {
        let waker = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.end == .open else { return nil }
            state.end = end
            defer { state.whenMore = nil }
            return state.whenMore
        }
        waker?()
    }

    // MARK: The readers' side

    /// Copies out what comes next at `position`, as much as fits.
    ///
    /// - Parameter asPrimary: whether this reader's progress makes room for the writer and lets go what is too long to keep.
    package func read(_ position: inout Position, into bytes: UnsafeMutableRawBufferPointer, asPrimary: Bool) -> Read {
        let (result, makesRoom) = state.withLock { state -> (Read, Bool) in
            let result = copy(from: &state, at: &position, into: bytes)
            guard asPrimary, case .bytes(let count) = result else { return (result, false) }
            state.unread -= min(count, state.unread)
            if !state.isWhole {
                while state.released < position.chunk, !state.chunks.isEmpty {
                    state.chunks.removeFirst()
                    state.released += 1
                }
            }
            guard state.writerWaits, state.unread <= window / 2 else { return (result, false) }
            state.writerWaits = false
            return (result, true)
        }
        if makesRoom { whenSpace() }
        return result
    }

    private func copy(from state: inout State, at position: inout Position, into bytes: UnsafeMutableRawBufferPointer) -> Read {
        guard position.chunk >= state.released else { return .gone }
        var copied = 0
        while copied < bytes.count, position.chunk - state.released < state.chunks.count {
            let chunk = state.chunks[position.chunk - state.released].readableBytesView.dropFirst(position.offset)
            let count = min(chunk.count, bytes.count - copied)
            chunk.prefix(count).withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: bytes[copied...]).copyMemory(from: source)
            }
            copied += count
            if count == chunk.count {
                position.chunk += 1
                position.offset = 0
            } else {
                position.offset += count
            }
        }
        if copied > 0 { return .bytes(copied) }
        switch state.end {
        case .open: return .wait
        case .finished: return .end
        case .aborted: return .aborted
        }
    }

    /// Has `waker` called once when there is more to read or the body has ended; at once where that is so already.
    /// One reader waits at a time: the primary, since mirrors start when the body is complete.
    package func whenMore(at position: Position, _ waker: @escaping @Sendable () -> Void) {
        let isReady = state.withLock { state -> Bool in
            guard state.end == .open, position.chunk - state.released >= state.chunks.count else { return true }
            state.whenMore = waker
            return false
        }
        if isReady { waker() }
    }

    /// Whether every byte from the start is here still, so that another attempt can read it.
    package var isWhole: Bool { state.withLock { $0.isWhole } }

    /// Whether the last byte has come.
    package var isComplete: Bool { state.withLock { $0.end == .finished } }

    /// Bytes received so far.
    package var received: Int { state.withLock { $0.received } }
}
