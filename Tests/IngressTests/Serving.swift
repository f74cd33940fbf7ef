import Exchange
import Foundation
import NIOCore
import NIOPosix

@testable import Ingress

/// One group of loops for all tests on real sockets.
let loops: any EventLoopGroup = MultiThreadedEventLoopGroup(numberOfThreads: 2)

/// Runs a server for the time of one test, and has it stop in the end.
func serving<Result>(
    _ script: Scripted = Scripted(), listen: ListenAddress = .ip(host: "127.0.0.1", port: 0), limits: Limits = .patient,
    _ body: (Server, ListenAddress) async throws -> Result
) async throws -> Result {
    let server = Server(listen: listen, allowRemote: false, limits: limits, group: loops, accepting: script)
    let address = try await server.start()
    do {
        let result = try await body(server, address)
        await server.stopAccepting()
        server.closeAll()
        await server.drained()
        return result
    } catch {
        await server.stopAccepting()
        server.closeAll()
        throw error
    }
}

extension Limits {
    /// With timeouts that a busy machine does not reach by itself.
    static var patient: Limits {
        var limits = Limits()
        limits.headerTimeout = .seconds(300)
        limits.bodyTimeout = .seconds(300)
        limits.idleTimeout = .seconds(300)
        return limits
    }
}

extension ListenAddress {
    /// Where a client connects.
    func socketAddress() throws -> SocketAddress {
        switch self {
        case .ip(let host, let port): try SocketAddress(ipAddress: host == "localhost" ? "127.0.0.1" : host, port: port)
        case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }

    func connect(reads: Bool = true) async throws -> Client {
        try await Client.connect(to: socketAddress(), group: loops, reads: reads)
    }
}

/// A path below the directory for temporary files that nothing stands at yet, short enough for a socket.
func temporaryPath() -> String {
    let directory = FileManager.default.temporaryDirectory.path
    return "\(directory)/pg-\(UInt32.random(in: 0...UInt32.max))-\(UInt32.random(in: 0...UInt32.max)).sock"
}

/// Waits until the condition holds, looking again whenever the loops have gone round, for at most 20 seconds.
func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
    let deadline = NIODeadline.now() + .seconds(20)
    while !condition() {
        guard NIODeadline.now() < deadline else { return false }
        try await loops.any().scheduleTask(in: .milliseconds(2)) {}.futureResult.get()
    }
    return true
}
