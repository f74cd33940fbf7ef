internal import CCurl
internal import Glibc
internal import Synchronization

/// The one thread on which libcurl lives.
final class UpstreamThread: Sendable {
    private enum State {
        case running(pthread_t)
        /// It has been waited for.
        case joined
    }

    private let state: Mutex<State>
    private let end: ThreadEnd

    /// Starts the thread; `driver` is its own from here on.
    init(_ driver: Driver) throws(UpstreamClientError) {
        let end = ThreadEnd()
        let work = Unmanaged.passRetained(ThreadWork(driver, end))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, upstreamThread, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw .system(what: "thread", reason: String(cString: strerror(code)))
        }
        self.end = end
        state = Mutex(.running(thread))
    }

    deinit {
        if case .running(let thread) = state.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Returns when the thread is gone. It ends when its mailbox says stop.
    func join() async {
        await end.reached()
        state.withLock { state in
            guard case .running(let thread) = state else { return }
            // It has said that it is about to return, so this waits for microseconds.
            pthread_join(thread, nil)
            state = .joined
        }
    }
}

/// What the thread is given.
private final class ThreadWork {
    let driver: Driver
    let end: ThreadEnd

    init(_ driver: Driver, _ end: ThreadEnd) {
        self.driver = driver
        self.end = end
    }
}

/// Tells those who wait that the thread has done everything.
private final class ThreadEnd: Sendable {
    private struct State {
        var isReached = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func reached() async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state -> Bool in
                if !state.isReached { state.waiting.append(continuation) }
                return state.isReached
            }
            if isReached { continuation.resume() }
        }
    }

    func reach() {
        let waiting = state.withLock { state in
            state.isReached = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

private func upstreamThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    pantograph_name_thread("upstream")
    // Signals are for the threads that expect them; a broken pipe shows as an error where it happens.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    let end = run(Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue())
    end.reach()
    return nil
}

/// In a function of its own, so that driver and handles are gone before anybody is told.
private func run(_ work: consuming ThreadWork) -> ThreadEnd {
    work.driver.run()
    return work.end
}
