package import NIOCore
internal import Synchronization

/// The body of one request, shared by every upstream that gets it: written once by Ingress, read by as many as need it.
///
/// While it is no longer than `keep` it stays whole, so that mirrors and retries can read it from its start. Beyond that,
/// what the primary has read is let go and only the primary can go on: `isWhole` is false from then on. The primary's
/// own lag is bounded by `window`: `append` answers false when the writer should stop until `whenSpace` says so.
///
/// What it holds is bounded by `keep` and `window` however the body was cut up on its way: see `BodyChunks`.
package final class RequestBody: Sendable {
    /// A reader's place. Each attempt has its own and starts at the beginning.
    package struct Position: Sendable {
        fileprivate var place = BodyChunks.Place()
        package init() {}
    }

    package enum Read: Equatable, Sendable {
        /// So many bytes were copied out: none only where there was no room for any.
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

    private struct State: Sendable {
        var chunks = BodyChunks()
        /// How far the primary has come, over all its attempts.
        var primaryHasRead = 0
        var primaryIsDone = false
        var end = End.open
        var isWhole = true
        var whenMore: (@Sendable () -> Void)?
        var whenSpace: (@Sendable () -> Void)?
        var writerWaits = false
    }

    /// Bytes that may wait for the primary before the application is told to stop.
    package static let window = 256 * 1024

    private let keep: Int
    private let window: Int
    private let state = Mutex(State())
    /// Bytes received so far: written under the lock, and read without it.
    private let count = Atomic(0)

    /// - Parameters:
    ///   - keep: bytes up to which the body stays whole.
    ///   - window: bytes that may wait for the primary before the writer is told to stop.
    package init(keep: Int, window: Int = RequestBody.window) {
        self.keep = keep
        self.window = window
    }

    /// A body that is there whole.
    package convenience init(whole bytes: ByteBuffer) {
        self.init(keep: bytes.readableBytes)
        _ = append(bytes)
        finish()
    }

    // MARK: The writer's side

    /// Adds bytes; false where the writer should stop until `whenSpace`. What comes after the end is dropped.
    package func append(_ bytes: ByteBuffer) -> Bool {
        guard bytes.readableBytes > 0 else { return state.withLock { !$0.writerWaits } }
        let (waker, goOn) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
            guard state.end == .open else { return (nil, true) }
            count.store(received + bytes.readableBytes, ordering: .releasing)
            if received > keep { state.isWhole = false }
            if state.isWhole || !state.primaryIsDone {
                state.chunks.append(bytes)
            } else {
                state.chunks.removeAll()
            }
            state.writerWaits = unread(state) > window
            defer { state.whenMore = nil }
            return (state.whenMore, !state.writerWaits)
        }
        waker?()
        return goOn
    }

    /// Has `goOn` called once, on a reader's thread, when a writer that was stopped may go on; at once where it may already. It must go
    /// to the writer's thread by a hop, since it can come before the writer has acted on the `false` that it takes back.
    package func whenSpace(_ goOn: @escaping @Sendable () -> Void) {
        let isReady = state.withLock { state -> Bool in
            guard state.writerWaits else { return true }
            state.whenSpace = goOn
            return false
        }
        if isReady { goOn() }
    }

    /// Nobody but the primary will need the body any more, or there is no room to keep it: it is whole no longer.
    package func stopKeeping() {
        state.withLock { state in
            state.isWhole = false
            if state.primaryIsDone { state.chunks.removeAll() }
        }
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
        let (result, goOn) = state.withLock { state -> (Read, (@Sendable () -> Void)?) in
            guard let count = state.chunks.copy(from: &position.place, into: bytes) else { return (.gone, nil) }
            if count == 0 && !(bytes.isEmpty && state.chunks.hasMore(at: position.place)) {
                return (end(of: state), nil)
            }
            return (.bytes(count), asPrimary ? advancePrimary(to: position.place, in: &state) : nil)
        }
        goOn?()
        return result
    }

    private func end(of state: borrowing State) -> Read {
        switch state.end {
        case .open: .wait
        case .finished: state.isWhole || !state.primaryIsDone ? .end : .gone
        case .aborted: .aborted
        }
    }

    /// What tells a writer that waits, where it has room again. A later attempt that reads once more what an earlier one has
    /// read makes no room by it.
    private func advancePrimary(to place: BodyChunks.Place, in state: inout State) -> (@Sendable () -> Void)? {
        state.primaryHasRead = max(state.primaryHasRead, place.total)
        if !state.isWhole { state.chunks.release(before: place) }
        return letsWriterGoOn(&state)
    }

    private func letsWriterGoOn(_ state: inout State) -> (@Sendable () -> Void)? {
        guard state.writerWaits, unread(state) <= window / 2 else { return nil }
        state.writerWaits = false
        defer { state.whenSpace = nil }
        return state.whenSpace
    }

    /// Bytes received that the primary has not read yet and still may.
    private func unread(_ state: borrowing State) -> Int { state.primaryIsDone ? 0 : received - state.primaryHasRead }

    /// Has `waker` called once when there is more to read or the body has ended; at once where that is so already.
    /// One reader waits at a time: the primary, since mirrors start when the body is complete. A later call takes the place
    /// of an earlier one.
    package func whenMore(at position: Position, _ waker: @escaping @Sendable () -> Void) {
        let isReady = state.withLock { state -> Bool in
            guard state.end == .open, !state.chunks.hasMore(at: position.place) else { return true }
            state.whenMore = waker
            return false
        }
        if isReady { waker() }
    }

    /// The primary reads no more, its call being over: the writer is stopped on its account no longer. What mirrors may
    /// need is kept still, up to `keep`; beyond that nothing is.
    package func primaryIsDone() {
        let goOn = state.withLock { state -> (@Sendable () -> Void)? in
            state.primaryIsDone = true
            if !state.isWhole { state.chunks.removeAll() }
            return letsWriterGoOn(&state)
        }
        goOn?()
    }

    /// Whether every byte from the start is here still, so that another attempt can read it.
    package var isWhole: Bool { state.withLock { $0.isWhole } }

    /// Whether the last byte has come.
    package var isComplete: Bool { state.withLock { $0.end == .finished } }

    /// Bytes received so far.
    package var received: Int { count.load(ordering: .acquiring) }

    /// Bytes of memory that are held now: for tests of the bound.
    package var held: Int { state.withLock { $0.chunks.capacity } }
}
