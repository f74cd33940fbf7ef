#if canImport(Glibc)
internal import Glibc
#endif

/// Runs one piece of work on a thread of its own and of low priority.
enum ExportThread {
    /// Above every other thread's niceness, so that spans are written when nobody else needs the processor.
    private static let niceness: Int32 = 10
    /// `SCHED_BATCH` (sched(7)), which Swift's Glibc leaves out: what wakes the thread is an event loop in the middle of its round,
    /// which it is not to push aside.
    private static let batch: Int32 = 3

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// False where the system gives no thread; `work` is not run then.
    static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        let handed = Unmanaged.passRetained(Work(work))
        guard pthread_create(&thread, nil, main, handed.toOpaque()) == 0 else {
            handed.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { handed in
        // Signals are the main thread's matter; SIGPIPE of a connection that broke off is nobody's.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        takeName()
        // On Linux 0 is the calling thread alone, not the process.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        var parameters = sched_param()
        sched_setscheduler(0, batch, &parameters)
        if let handed { Unmanaged<Work>.fromOpaque(handed).takeRetainedValue().run() }
        return nil
    }

    /// For those who look at the process's threads; where it can't be had the thread keeps the program's name.
    private static func takeName() {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, "otlp-export", 11)
        close(descriptor)
    }
}
