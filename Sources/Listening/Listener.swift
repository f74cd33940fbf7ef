package import Exchange
internal import NIOCore
package import NIOPosix

/// The listening sockets of one address, bound in one way for every server here.
package final class Listener: Sendable {
    private static let backlog: Int32 = 4096

    /// The address as bound, port 0 replaced by the one that was taken.
    package let address: ListenAddress
    private let channels: [any Channel]
    private let socketFile: SocketFile?

    private init(_ address: ListenAddress, _ channels: [any Channel], socketFile: SocketFile? = nil) {
        self.address = address
        self.channels = channels
        self.socketFile = socketFile
    }

    /// Binds and listens. A socket file that nobody listens on any more is replaced.
    ///
    /// - Parameters:
    ///   - allowRemote: whether other machines may be able to reach the address.
    ///   - bootstrap: what becomes of connections; made anew for each socket.
    /// - Throws: `ListenError`, and nothing stays bound.
    package static func bind(
        _ address: ListenAddress, allowRemote: Bool, with bootstrap: @escaping () -> ServerBootstrap
    ) async throws(ListenError) -> Listener {
        guard allowRemote || address.isLoopback else { throw .notLoopback(address) }
        let binding = Binding(address: address, bootstrap: bootstrap)
        switch address {
        case .unix(let path):
            let channel = try await binding.unix(path)
            return Listener(address, [channel], socketFile: SocketFile(boundAt: path))
        case .ip(let host, let port):
            guard (0...65_535).contains(port) else { throw .invalidPort(address) }
            let channels = host.lowercased() == "localhost" ? try await binding.localhost(port) : [try await binding.ip(host, port)]
            return Listener(.ip(host: host, port: channels.first?.localAddress?.port ?? port), channels)
        }
    }

    /// Takes no new connections; those that were accepted go on. The socket file is removed.
    package func close() async {
        socketFile?.remove()
        for channel in channels { try? await channel.close().get() }
    }

    private struct Binding {
        let address: ListenAddress
        let bootstrap: () -> ServerBootstrap

        func unix(_ path: String) async throws(ListenError) -> any Channel {
            try SocketFile.makeRoom(at: path, for: address)
            guard let socket = try? SocketAddress(unixDomainSocketPath: path) else {
                throw .pathTooLong(address, limit: SocketFile.longestPath)
            }
            return try await bind(socket, for: address)
        }

        func ip(_ host: String, _ port: Int) async throws(ListenError) -> any Channel {
            guard let socket = try? SocketAddress(ipAddress: host, port: port) else { throw .notAnAddress(address) }
            return try await bind(socket, for: .ip(host: host, port: port))
        }

        /// `localhost` is 127.0.0.1 and ::1, on the same port, as far as the machine has them.
        func localhost(_ port: Int) async throws(ListenError) -> [any Channel] {
            var attempts = port == 0 ? 8 : 1
            while true {
                attempts -= 1
                let first = try await ifAvailable("127.0.0.1", port)
                do throws(ListenError) {
                    let second = try await ifAvailable("::1", first?.localAddress?.port ?? port)
                    let channels = [first, second].compactMap(\.self)
                    guard !channels.isEmpty else { throw .notAvailable(address) }
                    return channels
                } catch {
                    // A free port that was found for one of them may be taken for the other.
                    try? await first?.close().get()
                    guard case .inUse = error, attempts > 0 else { throw error }
                }
            }
        }

        private func ifAvailable(_ host: String, _ port: Int) async throws(ListenError) -> (any Channel)? {
            do throws(ListenError) { return try await ip(host, port) } catch .notAvailable { return nil }
        }

        private func bind(_ socket: SocketAddress, for address: ListenAddress) async throws(ListenError) -> any Channel {
            var bootstrap = bootstrap()
                .serverChannelOption(.backlog, value: Listener.backlog)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            if case .ip = address { bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1) }
            do {
                return try await bootstrap.bind(to: socket).get()
            } catch let error as IOError {
                throw .of(error.errnoCode, for: address)
            } catch {
                throw .failed(address, reason: "\(error)")
            }
        }
    }
}
