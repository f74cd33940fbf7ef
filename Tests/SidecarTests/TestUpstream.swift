import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// An upstream on a real socket that does what the test says for each request, and counts what it saw.
final class TestUpstream: Sendable {
    enum Conduct: Sendable {
        case answer(Int, body: String = "ok")
        case hang
        case reset
        case cutShort
    }

    struct Seen: Sendable {
        var method: String
        var target: String
        var headers: [(String, String)]
        var body: [UInt8]
    }

    let port: Int
    private let channel: any Channel
    private let seen: NIOLockedValueBox<[Seen]>

    static func start(on group: any EventLoopGroup, _ conduct: @escaping @Sendable (Seen) -> Conduct) async throws -> TestUpstream {
        let seen = NIOLockedValueBox<[Seen]>([])
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(seen: seen, conduct: conduct))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TestUpstream(channel: channel, seen: seen)
    }

    private init(channel: any Channel, seen: NIOLockedValueBox<[Seen]>) {
        self.channel = channel
        self.seen = seen
        self.port = channel.localAddress?.port ?? 0
    }

    /// Requests that came whole, oldest first.
    var requests: [Seen] { seen.withLockedValue { $0 } }

    func stop() async throws { try await channel.close().get() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let seen: NIOLockedValueBox<[Seen]>
        private let conduct: @Sendable (Seen) -> Conduct
        private var current: Seen?

        init(seen: NIOLockedValueBox<[Seen]>, conduct: @escaping @Sendable (Seen) -> Conduct) {
            self.seen = seen
            self.conduct = conduct
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                current = Seen(method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: [])
            case .body(let bytes): current?.body += bytes.readableBytesView
            case .end:
                guard let request = current else { return }
                current = nil
                seen.withLockedValue { $0.append(request) }
                act(conduct(request), context)
            }
        }

        private func act(_ conduct: Conduct, _ context: ChannelHandlerContext) {
            switch conduct {
            case .answer(let status, let body): write(status, body, announcing: body.utf8.count, context)
            case .hang: break
            case .reset: reset(context.channel)
            case .cutShort:
                write(200, "half", announcing: 1000, context)
                reset(context.channel)
            }
        }

        private func write(_ status: Int, _ body: String, announcing length: Int, _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: ["content-length": String(length)])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            if length == body.utf8.count { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }

        private func reset(_ channel: any Channel) {
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                channel.close(promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
