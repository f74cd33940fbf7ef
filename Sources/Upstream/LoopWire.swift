internal import CGlibc
internal import Exchange
internal import Glibc
internal import NIOCore

/// A connection without TLS. The event loop watches it, reads from it and sends what the socket does not take at once; the rest is
/// sent from here without detour.
final class LoopWire: Wire, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let station: Station
    private var context: ChannelHandlerContext?

    init(_ connection: OpenConnection, _ wires: LoopWires) {
        station = wires.station
        super.init(connection, wires)
    }

    override func isQuiet() -> Bool {
        if quietIn == station.idleCheck.number { return true }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    override func disconnect() {
        context?.close(promise: nil)
        wires.gauge.connections.wrappingSubtract(1, ordering: .relaxed)
    }

    // MARK: Sending

    override func send() {
        guard takesMore else { return }
        let bytes = station.output.bytes
        var problem: CInt = 0
        let sent = pantograph_send_now(descriptor, bytes.baseAddress, bytes.count, &problem)
        // The event loop reads what there may be of an answer, and then tells of the end.
        if problem != 0 { isBroken = true }
        if sent < bytes.count, !isBroken { sendOn(ByteBuffer(bytes: bytes[sent...])) }
    }

    private func sendOn(_ bytes: ByteBuffer) {
        guard let context else { return }
        isSending = true
        let promise = context.eventLoop.makePromise(of: Void.self)
        // Not from within the writing, which may have been done at once.
        promise.futureResult.assumeIsolated().whenComplete { result in
            context.eventLoop.assumeIsolated().execute { self.sent(result) }
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
    }

    private func sent(_ result: Result<Void, any Error>) {
        guard !isClosed else { return }
        switch result {
        case .success:
            isSending = false
            station.happens { self.call?.sendBody() }
        case .failure(let error):
            isBroken = true
            note(error)
        }
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        let bytes = unwrapInboundIn(data)
        station.happens { bytes.withUnsafeReadableBytes { take($0) } }
        station.input.giveBack(bytes)
    }

    /// Nobody behind it wants to know.
    func channelReadComplete(context: ChannelHandlerContext) {}

    override func readingChanges() { _ = try? context?.channel.syncOptions?.setOption(.autoRead, value: reads) }

    // MARK: The end

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { note(error) }

    private func note(_ error: any Error) {
        if breakage == nil { breakage = String(cString: strerror((error as? IOError)?.errnoCode ?? EPIPE)) }
    }

    func channelInactive(context: ChannelHandlerContext) { ended() }
}
