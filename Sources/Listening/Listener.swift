package import Exchange
internal import NIOCore
package import NIOPosix
internal import Glibc

/// Listening sockets of one address, shared by every server here. `localhost` is both loopback addresses on one port.
package final class Listener: Sendable {
    /// The address that was taken: a free port resolved where 0 was asked for.
    package let address: ListenAddress
    private let channels: [any Channel]
    private let socketFile: String?

    private init(address: ListenAddress, channels: [any Channel], socketFile: String?) {
        self.address = address
        self.channels = channels
        self.socketFile = socketFile
    }

    /// Binds with what `bootstrap` says of children.
    ///
    /// A socket file that nobody answers on is left from a process that was killed, and is replaced; a live one, or a file
    /// of another kind, is an error.
    /// - Throws: `ListenError`, one sentence that names the address and what to change.
    package static func bind(_ address: ListenAddress, with bootstrap: ServerBootstrap) async throws(ListenError) -> Listener {
        switch address {
        case .unix(let path):
            try await removeStale(path, address)
            let channel = try await attempt(address) { try await bootstrap.bind(unixDomainSocketPath: path).get() }
            return Listener(address: address, channels: [channel], socketFile: path)
        case .ip("localhost", let port):
            let first = try await attempt(address) { try await bootstrap.bind(host: "127.0.0.1", port: port).get() }
            let taken = first.localAddress?.port ?? port
            // A machine without IPv6 has one loopback address, which is enough.
            let second = try? await bootstrap.bind(host: "::1", port: taken).get()
            return Listener(
                address: .ip(host: "localhost", port: taken), channels: [first] + (second.map { [$0] } ?? []), socketFile: nil)
        case .ip(let host, let port):
            let channel = try await attempt(address) { try await bootstrap.bind(host: host, port: port).get() }
            return Listener(
                address: .ip(host: host, port: channel.localAddress?.port ?? port), channels: [channel], socketFile: nil)
        }
    }

    /// Stops accepting; connections that were accepted go on.
    package func close() async {
        for channel in channels { try? await channel.close().get() }
        if let socketFile { unlink(socketFile) }
    }

    private static func attempt(
        _ address: ListenAddress, _ bind: () async throws -> any Channel
    ) async throws(ListenError) -> any Channel {
        do {
            return try await bind()
        } catch let error as IOError {
            throw ListenError(address, errno: error.errnoCode)
        } catch {
            throw ListenError(.system, address, "\(error)")
        }
    }

    private static func removeStale(_ path: String, _ address: ListenAddress) async throws(ListenError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenError(.socketFile, address, "there is a file of another kind at this path; remove it or name another path.")
        }
        let answered = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(unixDomainSocketPath: path).get()
        if let answered {
            try? await answered.close().get()
            throw ListenError(.addressInUse, address, "another process listens on this socket; stop it or name another path.")
        }
        unlink(path)
    }
}

extension ListenError {
    fileprivate init(_ address: ListenAddress, errno code: CInt) {
        switch code {
        case EADDRINUSE:
            self.init(.addressInUse, address, "another process uses this port; stop it or name another port.")
        case EACCES, EPERM:
            self.init(.notPermitted, address, "this user may not; take a port above 1023 or a directory that it can write to.")
        case EADDRNOTAVAIL:
            self.init(.notAvailable, address, "this machine has no such address.")
        case ENOENT, ENOTDIR:
            self.init(.socketFile, address, "the directory of the socket does not exist; make it or name another path.")
        default:
            self.init(.system, address, "\(String(cString: strerror(code))).")
        }
    }
}
