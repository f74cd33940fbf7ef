internal import NIOCore
internal import NIOHTTP1

/// Answers the requests of one admin connection, one after the other: the pipeline hands over the next one when the last
/// has been answered.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Bytes of a body that is too long of which the end is awaited, so that the answer is not lost with the connection.
    private static let longestDrain = 1024 * 1024

    private let desk: Desk
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var received = 0
    private var isAnswering = false
    private var isGone = false
    /// Of an answer that goes on until somebody ends it.
    private var stream: RunningStream?

    init(_ desk: Desk) { self.desk = desk }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
            received = 0
        case .body(let part): take(part, context)
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func take(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let head else { return }
        received += part.readableBytes
        if received <= AdminRequest.longestBody {
            body.writeImmutableBuffer(part)
        } else if received > AdminHandler.longestDrain {
            self.head = nil
            var answer = AdminAnswer(AdminHandler.tooLong)
            answer.closes = true
            write(answer, to: head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard received <= AdminRequest.longestBody else { return write(AdminAnswer(AdminHandler.tooLong), to: head, context) }
        let request = AdminRequest(head: head, body: body, local: context.channel.localAddress)
        body = ByteBuffer()
        switch desk.answer(to: request) {
        case .now(let answer): write(answer, to: head, context)
        case .stream(let tap): begin(tap, head, context)
        case .later(let work):
            isAnswering = true
            let promise = context.eventLoop.makePromise(of: AdminAnswer.self)
            promise.completeWithTask(work)
            promise.futureResult.assumeIsolated().whenSuccess { [self] answer in
                isAnswering = false
                if !isGone { write(answer, to: head, context) }
            }
        }
    }

    private static let tooLong = AdminProblem(
        .payloadTooLarge, "A request's body has at most \(AdminRequest.longestBody) bytes here: ask for fewer at a time.")

    private func write(_ answer: AdminAnswer, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let staysOpen = request.isKeepAlive && !answer.closes
        let head = HTTPResponseHead(version: request.version, status: answer.status, headers: fields(of: answer, staysOpen: staysOpen))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD, answer.contentType != nil {
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        let channel = context.channel
        let written: EventLoopPromise<Void>? = staysOpen ? nil : context.eventLoop.makePromise()
        written?.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    // MARK: Streams

    private func begin(_ tap: TapStream, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let stream = RunningStream(tap, on: context.channel)
        guard stream.start() else { return write(AdminAnswer(TapStream.tooMany), to: request, context) }
        self.stream = stream
        // Its length is not known: the encoder sends it in chunks, to HTTP/1.0 until the connection ends.
        let fields = HTTPHeaders([
            ("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("content-type", tap.contentType), ("connection", "close"),
        ])
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: request.version, status: .ok, headers: fields))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: tap.beat)))), promise: nil)
    }

    private func endStream(_ context: ChannelHandlerContext) {
        guard let stream else { return }
        stream.stop()
        self.stream = nil
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func fields(of answer: AdminAnswer, staysOpen: Bool) -> HTTPHeaders {
        var fields = HTTPHeaders([("cache-control", "no-store"), ("x-content-type-options", "nosniff")])
        if let contentType = answer.contentType {
            fields.add(name: "content-type", value: contentType)
            fields.add(name: "content-length", value: String(answer.body.readableBytes))
        }
        for field in answer.fields { fields.add(name: field.name, value: field.value) }
        if let allow = answer.allow { fields.add(name: "allow", value: allow) }
        if !staysOpen { fields.add(name: "connection", value: "close") }
        return fields
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is StreamsEnd { return endStream(context) }
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        // A connection that asks nothing for a while makes room for another.
        if !isAnswering { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        stream?.stop()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stream?.proceed()
        context.fireChannelWritabilityChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isGone = true
        stream?.stop()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
