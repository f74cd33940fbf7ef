package import Exchange
package import Listening
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// The server that applications point their base URL at: HTTP/1.1 over TCP or a Unix-domain socket.
///
/// Its life: `start`, then `stopAccepting`, then `drained`, or `closeAll` where that takes too long.
package final class Server: Sendable {
    /// Bytes that may wait for one connection's socket before its answer is asked to pause, and down to which it goes on.
    private static let watermarks = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)

    private let address: ListenAddress
    private let allowRemote: Bool
    private let limits: Limits
    private let group: any EventLoopGroup
    private let accepting: any ExchangeAccepting
    private let connections: Connections
    /// By event loop.
    private let memories: [ObjectIdentifier: LoopMemory]
    private let listener = Mutex<Listener?>(nil)

    /// - Parameters:
    ///   - allowRemote: whether `listen` may be an address that other machines can reach.
    ///   - group: an NIOPosix group; each connection stays on one of its loops.
    package init(
        listen: ListenAddress, allowRemote: Bool, limits: Limits, group: any EventLoopGroup, accepting: any ExchangeAccepting
    ) {
        self.address = listen
        self.allowRemote = allowRemote
        self.limits = limits
        self.group = group
        self.accepting = accepting
        self.connections = Connections(limit: limits.connections)
        memories = Dictionary(uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), LoopMemory()) })
    }

    /// Connections that are open now, those that are being refused included.
    package var openConnections: Int { connections.count }

    /// Binds and listens.
    ///
    /// - Returns: the address as bound, port 0 replaced by the one that was taken.
    /// - Throws: `ListenError`, and nothing stays bound.
    package func start() async throws(ListenError) -> ListenAddress {
        let bound = try await Listener.bind(address, allowRemote: allowRemote) { self.bootstrap }
        listener.withLock { $0 = bound }
        return bound.address
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelInitializer { [connections, limits, accepting, memories] channel in
                channel.eventLoop.makeCompletedFuture {
                    let memory = memories[ObjectIdentifier(channel.eventLoop)] ?? LoopMemory()
                    try memory.input.serve(channel)
                    try Self.setOptions(of: channel)
                    let (welcome, isFinishing) = connections.welcome(channel)
                    let connection = Connection(limits: limits, accepting: accepting, welcome: welcome, memory: memory)
                    connection.isStopping = isFinishing
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
    }

    /// At once: the bootstrap's own way makes several futures for each option of each connection.
    private static func setOptions(of channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.autoRead, value: false)
        try options.setOption(.allowRemoteHalfClosure, value: true)
        try options.setOption(.writeBufferWaterMark, value: watermarks)
    }

    // MARK: Stopping

    /// Takes no new connections; idle ones are closed at once, any other one when its exchange is over.
    package func stopAccepting() async {
        await listener.withLock { $0.take() }?.close()
        connections.finish()
    }

    /// Returns when the last connection has closed after `stopAccepting`.
    package func drained() async {
        try? await connections.drained(on: group.any()).get()
    }

    /// Closes every connection at once, whatever is in flight.
    package func closeAll() { connections.closeAll() }
}
