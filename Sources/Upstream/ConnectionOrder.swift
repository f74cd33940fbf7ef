internal import NIOCore
internal import Synchronization

/// A connection that is open and belongs to whoever has this.
struct OpenConnection: Sendable {
    let descriptor: Int32
    let peerAddress: String?
    let peerPort: Int
    /// With TLS: libcurl's side of it, which reads and writes what is on it, and closes it at its end. Unsafe to the compiler, since it
    /// never leaves the upstream thread.
    nonisolated(unsafe) let opening: Opening?
}

/// A ground's wish for a connection, which libcurl opens on the upstream thread. It is answered at most once, and not at all once the
/// thread has seen that it has been withdrawn.
final class ConnectionOrder: Sendable {
    /// The upstream's place in the configuration.
    let upstream: Int
    /// For which call; nil once it needs none any more. Unsafe to the compiler, since its ground alone reads and writes it.
    nonisolated(unsafe) var call: Call?
    /// Whether the connection has come: it has the seat from then on. The ground's alone, too.
    nonisolated(unsafe) var isFilled = false
    nonisolated(unsafe) private let ground: Ground
    private let hasBeenWithdrawn = Atomic<Bool>(false)

    init(upstream: Int, for call: Call, on ground: Ground) {
        self.upstream = upstream
        self.call = call
        self.ground = ground
    }

    var isWithdrawn: Bool { hasBeenWithdrawn.load(ordering: .acquiring) }

    func withdraw() { hasBeenWithdrawn.store(true, ordering: .releasing) }

    /// From the upstream thread.
    func answer(_ result: Result<OpenConnection, Failure>) {
        ground.answer(self, result)
    }
}
