internal import CGlibc
internal import Exchange
internal import Glibc
internal import NIOCore

/// One open connection without TLS, which carries one call at a time. The event loop watches it, reads from it and sends what the
/// socket does not take at once; the rest is sent from here without detour. What the bytes mean is the call's to know.
final class Wire: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let peerAddress: String?
    let peerPort: Int
    /// Whether it has carried a call before the one it carries now.
    private(set) var isUsed = false
    var idleSince = MonotonicTime.never
    /// The number of the check that has found nothing on it.
    var quietIn = UInt64.max

    let descriptor: Int32
    private let wires: Wires
    private let station: Station
    private var context: ChannelHandlerContext?
    /// Its origin's for as long as it is carried, so that it need not be counted here.
    private unowned(unsafe) var call: Call?
    /// What has come and the call has not taken: the beginning of a line, or what was read while the call is held. That is one
    /// reading, and where the upstream has closed the connection meanwhile, what the socket still held.
    private var rest: [UInt8] = []
    private var reads = true
    /// What the socket has not taken is the channel's to send; bounded by one filling of the send buffer.
    private var isSending = false
    /// Nothing can be sent any more: what the upstream said before may still be read.
    private var isBroken = false
    /// What broke the connection, an `errno`; 0 where the upstream closed it.
    private var systemError: Int32 = 0
    /// The channel is closed; what had come before is still looked at.
    private var hasEnded = false
    private var isClosed = false

    init(_ connection: OpenConnection, _ wires: Wires) {
        descriptor = connection.descriptor
        peerAddress = connection.peerAddress
        peerPort = connection.peerPort
        self.wires = wires
        station = wires.station
    }

    // MARK: Calls

    func carry(_ call: Call) { self.call = call }

    /// The call is over.
    ///
    /// - Parameter isSound: whether request and answer are complete and the upstream lets the connection go on.
    /// - Returns: whether it can carry another.
    func letGo(isSound: Bool) -> Bool {
        call = nil
        isUsed = true
        return isSound && !isBroken && !isSending && rest.isEmpty && !isClosed
    }

    /// Whether nothing has come that would spoil the next call: the end of the connection, or bytes that answer nothing.
    func isQuiet(_ check: IdleCheck) -> Bool {
        if quietIn == check.number { return true }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        call = nil
        context?.close(promise: nil)
        wires.closed(self)
    }

    // MARK: Sending

    /// Whether the socket has taken everything so far, so that there may be more.
    var takesMore: Bool { !isSending && !isBroken && !isClosed }

    /// Sends what is in the station's buffer.
    func send() {
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

    private func take(_ bytes: UnsafeRawBufferPointer) {
        // Bytes that answer nothing would be taken for the next call's answer.
        guard let call else { return close() }
        guard rest.isEmpty, reads else {
            rest.append(contentsOf: bytes)
            return reads ? takeRest(call) : ()
        }
        let taken = call.received(bytes)
        if taken.count < bytes.count { rest.append(contentsOf: bytes[taken.count...]) }
        act(on: taken, call)
    }

    private func takeRest(_ call: Call) {
        let taken = rest.withUnsafeBytes { call.received($0) }
        // Memory for a whole reading is not kept for the next call.
        rest = taken.count == rest.count ? [] : Array(rest[taken.count...])
        act(on: taken, call)
    }

    private func act(on taken: Call.Taken, _ call: Call) {
        switch taken.state {
        case .goesOn: break
        case .isHeld: read(false)
        case .isComplete: call.over(nil)
        case .failed(let failure): call.over(failure)
        }
    }

    /// The call takes more again.
    func readOn() {
        guard !reads else { return }
        read(true)
        if let call, !rest.isEmpty { takeRest(call) }
        if hasEnded, reads { end() }
    }

    private func read(_ reads: Bool) {
        self.reads = reads
        _ = try? context?.channel.syncOptions?.setOption(.autoRead, value: reads)
    }

    // MARK: The end

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { note(error) }

    private func note(_ error: any Error) {
        if systemError == 0 { systemError = (error as? IOError)?.errnoCode ?? EPIPE }
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard !isClosed else { return }
        hasEnded = true
        isBroken = true
        // What a call that is held has not taken yet comes first.
        if reads { station.happens { end() } }
    }

    private func end() {
        guard !isClosed else { return }
        guard let call else { return close() }
        call.over(call.ended(error: systemError))
    }
}
