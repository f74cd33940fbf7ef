internal import Synchronization

/// How long the spool's commits took and how many operations went into them. Written on the spool's thread.
final class SpoolFigures: Sendable {
    struct Snapshot: Sendable {
        var operations: UInt64 = 0
        /// Of each commit.
        var commits = Histogram()
    }

    private let state = Mutex(Snapshot())

    func committed(_ operations: Int, after nanoseconds: UInt64) {
        state.withLock { state in
            state.operations &+= UInt64(max(0, operations))
            state.commits.observe(nanoseconds)
        }
    }

    func snapshot() -> Snapshot { state.withLock { $0 } }
}
