package import Exchange
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// The server that applications point their base URL at: HTTP/1.1 over TCP or a Unix-domain socket.
///
/// Its life: `start`, then `stopAccepting`, then `drained`, or `closeAll` where that takes too long.
package final class Server: Sendable {
    private static let backlog: Int32 = 4096
    /// Bytes that may wait for one connection's socket before its answer is asked to pause, and down to which it goes on.
    private static let watermarks = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)

    private struct State {
        var listeners: [any Channel] = []
        var socketFile: SocketFile?
    }

    private let address: ListenAddress
    private let allowRemote: Bool
    private let limits: Limits
    private let group: any EventLoopGroup
    private let accepting: any ExchangeAccepting
    private let connections: Connections
    private let state = Mutex(State())

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
    }

    /// Connections that are open now, those that are being refused included.
    package var openConnections: Int { connections.count }

    // MARK: Starting

    /// Binds and listens.
    ///
    /// - Returns: the address as bound, port 0 replaced by the one that was taken.
    /// - Throws: `ListenError`, and nothing stays bound.
    package func start() async throws(ListenError) -> ListenAddress {
        guard allowRemote || address.isLoopback else { throw .notLoopback(address) }
        switch address {
        case .unix(let path): return try await startUnix(path)
        case .ip(let host, let port):
            guard (0...65_535).contains(port) else { throw .invalidPort(address) }
            guard host.lowercased() == "localhost" else { return try await startIP(host, port: port) }
            return try await startLocalhost(port: port)
        }
    }

    private func startUnix(_ path: String) async throws(ListenError) -> ListenAddress {
        try SocketFile.makeRoom(at: path, for: address)
        guard let socket = try? SocketAddress(unixDomainSocketPath: path) else {
            throw .pathTooLong(address, limit: SocketFile.longestPath)
        }
        let listener = try await bind(socket, for: address)
        state.withLock {
            $0.listeners.append(listener)
            $0.socketFile = SocketFile(boundAt: path)
        }
        return address
    }

    private func startIP(_ host: String, port: Int) async throws(ListenError) -> ListenAddress {
        guard let socket = try? SocketAddress(ipAddress: host, port: port) else { throw .notAnAddress(address) }
        let listener = try await bind(socket, for: address)
        state.withLock { $0.listeners.append(listener) }
        return .ip(host: host, port: listener.localAddress?.port ?? port)
    }

    /// `localhost` is 127.0.0.1 and ::1, on the same port, as far as the machine has them.
    private func startLocalhost(port: Int) async throws(ListenError) -> ListenAddress {
        var attempts = port == 0 ? 8 : 1
        while true {
            attempts -= 1
            let first = try await startLocalhostV4(port: port)
            let chosen = first?.localAddress?.port ?? port
            do {
                let second = try await startLocalhostV6(port: chosen, isOnly: first == nil)
                state.withLock { $0.listeners += [first, second].compactMap(\.self) }
                return .ip(host: "localhost", port: first == nil ? second?.localAddress?.port ?? chosen : chosen)
            } catch {
                // A free port that was found for one of them may be taken for the other.
                try? await first?.close().get()
                guard case .inUse = error, attempts > 0 else { throw error }
            }
        }
    }

    private func startLocalhostV4(port: Int) async throws(ListenError) -> (any Channel)? {
        guard let socket = try? SocketAddress(ipAddress: "127.0.0.1", port: port) else { return nil }
        do { return try await bind(socket, for: .ip(host: "127.0.0.1", port: port)) } catch .notAvailable { return nil }
    }

    private func startLocalhostV6(port: Int, isOnly: Bool) async throws(ListenError) -> (any Channel)? {
        guard let socket = try? SocketAddress(ipAddress: "::1", port: port) else { throw .notAvailable(address) }
        do {
            return try await bind(socket, for: .ip(host: "::1", port: port))
        } catch .notAvailable where !isOnly {
            return nil
        }
    }

    private func bind(_ socket: SocketAddress, for address: ListenAddress) async throws(ListenError) -> any Channel {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: Self.watermarks)
            .childChannelInitializer { [connections, limits, accepting] channel in
                channel.eventLoop.makeCompletedFuture {
                    let (welcome, isFinishing) = connections.welcome(channel)
                    let connection = Connection(limits: limits, accepting: accepting, welcome: welcome)
                    connection.isStopping = isFinishing
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
        if case .ip = address { bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1) }
        do {
            return try await bootstrap.bind(to: socket).get()
        } catch let error as IOError {
            throw .of(error.errnoCode, for: address)
        } catch {
            throw .failed(address, reason: "\(error)")
        }
    }

    // MARK: Stopping

    /// Takes no new connections; idle ones are closed at once, any other one when its exchange is over.
    package func stopAccepting() async {
        let (listeners, socketFile) = state.withLock { state in
            defer {
                state.listeners = []
                state.socketFile = nil
            }
            return (state.listeners, state.socketFile)
        }
        socketFile?.remove()
        for listener in listeners { try? await listener.close().get() }
        connections.finish()
    }

    /// Returns when the last connection has closed after `stopAccepting`.
    package func drained() async {
        try? await connections.drained(on: group.any()).get()
    }

    /// Closes every connection at once, whatever is in flight.
    package func closeAll() { connections.closeAll() }
}
