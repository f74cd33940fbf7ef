internal import Dispatch
#if canImport(Glibc)
internal import Glibc
#endif
internal import Synchronization

/// One thread of low priority that carries out what is handed to it, in order: comparing takes no time of an event loop.
final class ComparingThread: Sendable {
    typealias Work = @Sendable () -> Void

    private struct Queue {
        /// Those before `next` have been carried out.
        var works: [Work?] = []
        var next = 0
        var isClosed = false
    }

    /// Above the event loops' niceness, so that it runs when nobody else needs the processor.
    private static let niceness: Int32 = 10

    private let bound: Int
    private let queue = Mutex(Queue())
    /// One for each work that waits, and one for the end.
    private let waiting = DispatchSemaphore(value: 0)

    /// - Parameter bound: works that may wait.
    init(bound: Int) { self.bound = bound }

    /// False where the system gives no thread: nothing is carried out then.
    func start() -> Bool {
        var thread = pthread_t()
        let handed = Unmanaged.passRetained(self)
        guard pthread_create(&thread, nil, ComparingThread.main, handed.toOpaque()) == 0 else {
            handed.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// False where as many wait as may, or it has been closed: `work` is not carried out then.
    func offer(_ work: @escaping Work) -> Bool {
        let isTaken = queue.withLock { queue -> Bool in
            guard !queue.isClosed, queue.works.count - queue.next < bound else { return false }
            queue.works.append(work)
            return true
        }
        if isTaken { waiting.signal() }
        return isTaken
    }

    /// Takes nothing more; the thread ends when it has carried out what waits.
    func close() {
        queue.withLock { $0.isClosed = true }
        waiting.signal()
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { handed in
        // Signals are the main thread's matter.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // On Linux 0 is the calling thread alone, not the process.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        if let handed { Unmanaged<ComparingThread>.fromOpaque(handed).takeRetainedValue().run() }
        return nil
    }

    private func run() {
        while true {
            waiting.wait()
            guard let work = take() else { return }
            work()
        }
    }

    /// nil when it is closed and nothing waits any more.
    private func take() -> Work? {
        queue.withLock { queue in
            guard queue.next < queue.works.count else { return nil }
            defer {
                queue.next += 1
                if queue.next == queue.works.count || queue.next >= bound {
                    queue.works.removeFirst(queue.next)
                    queue.next = 0
                }
            }
            return queue.works[queue.next].take()
        }
    }
}
