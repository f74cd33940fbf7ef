import Exchange
import NIOCore
import NIOHTTP1

/// One connection of the client: one call at a time, and its answer or what went wrong told to the run.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let run: LoadRun
    private var context: ChannelHandlerContext?
    private var status = 0
    private var keepsAlive = false
    /// When the call that is under way was due; nil between calls.
    private var due: UInt64?
    private var deadline: Scheduled<Void>?

    init(_ run: LoadRun) { self.run = run }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ head: HTTPRequestHead, body: ByteBuffer, due: UInt64, timeout: TimeAmount) {
        guard let context else { return }
        self.due = due
        status = 0
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in fail(.timeout) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func close() { context?.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            keepsAlive = head.isKeepAlive
        case .body(let bytes):
            run.received(bytes: bytes.readableBytes)
        case .end:
            guard let due = settle() else { return }
            run.answered(self, status: status, due: due, keepsAlive: keepsAlive)
            if !keepsAlive { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is HTTPParserError: fail(error as? HTTPParserError == .invalidEOFState ? .closed : .protocol)
        case is IOError: fail(.reset)
        default: fail(.closed)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed)
        run.gone(self)
    }

    /// Ends the connection, and the call that is under way with this error.
    private func fail(_ error: LoadError) {
        if settle() != nil { run.failed(error) }
        context?.close(promise: nil)
    }

    /// When the call that is under way was due; it is under way no longer.
    private func settle() -> UInt64? {
        deadline?.cancel()
        deadline = nil
        defer { due = nil }
        return due
    }
}
