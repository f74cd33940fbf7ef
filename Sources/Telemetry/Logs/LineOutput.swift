#if canImport(Glibc)
internal import Glibc
#endif

/// A file descriptor that lines go to. May block, so it is for the writer's thread alone.
struct LineOutput: Sendable {
    let descriptor: Int32

    /// Writes all bytes, waiting for room where the descriptor has none; false where nobody will read them any more, or
    /// where `giveUp` says so while there is no room.
    func write(_ bytes: [UInt8], giveUp: () -> Bool) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK:
                if giveUp() { return false }
                waitForRoom()
            default: return false
            }
        }
        return true
    }

    /// Returns when there is room, or after 100 ms, so that a shutdown is noticed.
    private func waitForRoom() {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, 100)
    }

    /// Keeps a write to a closed pipe from ending the process: it fails with EPIPE instead. For the calling thread.
    static func holdBrokenPipeSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
