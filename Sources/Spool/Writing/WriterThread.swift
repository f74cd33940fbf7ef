#if canImport(Glibc)
internal import Glibc
#endif
internal import Synchronization

/// Runs the writer on a thread of its own.
enum WriterThread {
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// 0, or the `errno` of why there is no thread; `work` is not run then.
    static func start(_ work: @escaping @Sendable () -> Void) -> Int32 {
        var thread = pthread_t()
        let handed = Unmanaged.passRetained(Work(work))
        let code = pthread_create(&thread, nil, main, handed.toOpaque())
        if code == 0 { pthread_detach(thread) } else { handed.release() }
        return code
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { handed in
        // Signals are the main thread's matter.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        takeName()
        if let handed { Unmanaged<Work>.fromOpaque(handed).takeRetainedValue().run() }
        return nil
    }

    /// For those who look at the process's threads; where it can't be had the thread keeps the program's name.
    private static func takeName() {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, "spool-writer", 12)
        close(descriptor)
    }
}

/// Tells those who wait that the writer has done everything.
final class WriterEnd: Sendable {
    private struct State {
        var isReached = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func reach() {
        let waiting = state.withLock { state in
            state.isReached = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func reached() async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if !state.isReached { state.waiting.append(continuation) }
                return state.isReached
            }
            if isReached { continuation.resume() }
        }
    }
}
