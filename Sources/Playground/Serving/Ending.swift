import Glibc

/// How a server's process ends.
enum Ending {
    /// SIGTERM and SIGINT end the process at once, with success: it holds nothing that is worth keeping.
    static func onSignal() {
        signal(SIGTERM) { _ in _exit(0) }
        signal(SIGINT) { _ in _exit(0) }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for the signal.
    static func never() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        withExtendedLifetime(continuation) {}
    }
}
