import NIOCore
import NIOHTTP1
import NIOPosix

/// One kept connection that sends requests one after the other and tells each answer's status.
final class TestClient: Sendable {
    private let channel: any Channel
    private let answers: Answers

    static func connect(host: String, port: Int, on group: any EventLoopGroup) async throws -> TestClient {
        let answers = Answers()
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(NIOLoopBound(answers, eventLoop: channel.eventLoop).value)
                }
            }
            .connect(host: host, port: port).get()
        return TestClient(channel: channel, answers: answers)
    }

    private init(channel: any Channel, answers: Answers) {
        self.channel = channel
        self.answers = answers
    }

    func post(_ target: String, body: String) async throws -> Int {
        let (channel, answers) = (channel, answers)
        return try await channel.eventLoop.flatSubmit {
            let status = channel.eventLoop.makePromise(of: Int.self)
            answers.awaited = status
            let head = HTTPRequestHead(
                version: .http1_1, method: .POST, uri: target, headers: ["host": "sidecar", "content-length": String(body.utf8.count)])
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return status.futureResult
        }.get()
    }

    func close() async throws { try await channel.close().get() }

    /// `@unchecked Sendable`: used on the connection's event loop alone.
    private final class Answers: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = HTTPClientResponsePart

        var awaited: EventLoopPromise<Int>?
        private var status = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): status = Int(head.status.code)
            case .body: break
            case .end:
                awaited?.succeed(status)
                awaited = nil
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            awaited?.fail(ChannelError.eof)
            awaited = nil
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            awaited?.fail(error)
            awaited = nil
            context.close(promise: nil)
        }
    }
}
