/// Every bound of the spool's own, and how often it does what it does by the clock.
struct Bounds: Sendable {
    /// Operations that one commit takes at most, so that those that come meanwhile don't wait for long.
    var groupOperations = 512
    /// Bytes of bodies from which on a commit takes no further operation.
    var groupBytes = 8 * 1024 * 1024
    /// Operations that wait to be written, from which on no exchange is accepted. What settles, asks or reads is always taken:
    /// there is no more of it than there are deliveries on their way and people who ask.
    var waitingOperations = 16_384
    /// Bytes of bodies that wait, from which on no exchange is accepted.
    var waitingBytes = 256 * 1024 * 1024
    /// Rows that a replay, a discard or a purge changes in one commit.
    var batch = 500
    /// How long another program's lock on the file, `sqlite3`'s, is waited for.
    var busyTimeout: Duration = .seconds(5)
    /// Between two tries while writing fails.
    var retryPause: Duration = .seconds(1)
    /// Between two purges.
    var purgePause: Duration = .seconds(60)
}
