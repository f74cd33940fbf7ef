internal import Synchronization

/// How long the spool's commits took, how many operations went into them and how many failed. Written on the spool's thread.
final class SpoolFigures: Sendable {
    struct Snapshot: Sendable {
        var operations: UInt64 = 0
        /// Of each commit.
        var commits = Histogram()
        /// Commits that failed, by the fault's code.
        var failures: [String: UInt64] = [:]
    }

    private let state = Mutex(Snapshot())

    func committed(_ operations: Int, after nanoseconds: UInt64) {
        state.withLock { state in
            state.operations &+= UInt64(max(0, operations))
            state.commits.observe(nanoseconds)
        }
    }

    func failed(_ code: String) { state.withLock { $0.failures[code, default: 0] &+= 1 } }

    func snapshot() -> Snapshot { state.withLock { $0 } }
}
