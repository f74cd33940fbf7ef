import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The socket of a scripted server and its loops.
struct ScriptedServer {
    /// Where it listens, the port that was taken included.
    let host: String
    let port: Int
    private let group: MultiThreadedEventLoopGroup

    /// Binds and begins to answer.
    ///
    /// - Throws: a `Refusal` that names the address and what to do about it.
    init(_ stage: some Stage, host: String, port: Int, threads: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 128 * 1024, high: 512 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
                    try channel.pipeline.syncOperations.addHandler(ScriptedConnection(stage))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            self.host = host
            self.port = channel.localAddress?.port ?? port
            self.group = group
        } catch {
            try? await group.shutdownGracefully()
            let cause = (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
            throw Refusal("can't listen on \(host):\(port), \(cause): choose another address or port")
        }
    }

    /// Closes the socket and every connection.
    func stop() async throws { try await group.shutdownGracefully() }

    var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The line that tells a program that the server can be called now, and where.
    func announce(as kind: String, name: String) {
        struct Ready: Encodable {
            var ready: String
            var name: String
            var host: String
            var port: Int
            var url: String
        }
        Document.printLine(Document.text(Ready(ready: kind, name: name, host: host, port: port, url: url)))
    }
}

/// Why a command can't do what it was asked to: one sentence for a person.
struct Refusal: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
