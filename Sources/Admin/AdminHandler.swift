internal import NIOCore
internal import NIOHTTP1

/// Answers the requests of one admin connection, one after the other.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let sources: AdminSources
    private var head: HTTPRequestHead?

    init(_ sources: AdminSources) { self.sources = sources }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            write(AdminAnswer(to: head, from: sources), to: head, context)
        }
    }

    private func write(_ answer: AdminAnswer, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders([
            ("content-type", answer.contentType), ("content-length", String(answer.body.readableBytes)), ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ])
        if let allow = answer.allow { headers.add(name: "allow", value: allow) }
        if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: request.version, status: answer.status, headers: headers))), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        let channel = context.channel
        let written: EventLoopPromise<Void>? = request.isKeepAlive ? nil : context.eventLoop.makePromise()
        written?.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A connection that asks nothing for a while makes room for another.
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
