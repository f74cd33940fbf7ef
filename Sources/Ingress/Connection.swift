internal import Exchange
internal import NIOCore

/// One connection of the application: takes its bytes apart into requests, hands them over one at a time and in order,
/// and writes their answers. All of it happens on the channel's event loop.
///
/// The way of a request is in `Connection+Requests`, that of an answer in `Connection+Answers`, the ends that a connection
/// can come to in `Connection+Closing`, and what bounds them in time in `Connection+Deadlines`.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Between requests, or in a request's head.
        case head
        /// The head was handed over and the body is coming; the answer may be over already.
        case body
        /// The request has come whole and its answer is due.
        case answering
        /// The last bytes are on their way out; nothing is read any more.
        case closing
        /// Our sending side is closed; what still comes is thrown away until the application closes its own.
        case lingering
        case closed
    }

    /// How a connection is met.
    enum Welcome { case served, oneTooMany, farTooMany }

    /// What the server tells its connections, as a user event.
    enum Command { case finish }

    /// Bytes of a body that nobody waits for any more which are read all the same, so that the connection can go on.
    static let drainLimit = 64 * 1024
    /// Bytes of later requests that may wait behind the one being served, unless one head may be longer.
    static let backlogLimit = 64 * 1024

    let limits: Limits
    /// `limits.idleTimeout`, as each request needs it.
    let idleTime: TimeAmount
    let accepting: any ExchangeAccepting
    let welcome: Welcome
    let memory: LoopMemory

    // The wire.
    var context: ChannelHandlerContext?
    /// The channel's socket as long as the channel is open: its number may be another's afterwards.
    var socket: NIOBSDSocket.Handle?
    /// Writes that the channel has taken and not done.
    var writesUnderWay = 0
    /// What has come and was not read yet.
    var input = ByteBuffer()
    /// What is to be sent and was not given to the channel yet.
    var output = ByteBuffer()
    var inputEnded = false
    var isReadAsked = false
    /// Within a burst of reads, at whose end everything is flushed at once.
    var isInBurst = false
    /// Between parts of an answer that leave together.
    var isHeld = false
    var needsFlush = false
    var isFlushScheduled = false
    /// As the channel last said.
    var isWritable = true
    var whenWritable: [@Sendable () -> Void] = []

    // The exchange.
    var phase = Phase.head
    var parser: RequestParser
    var headStartedAt: Moment?
    /// Until the answer is over.
    var answer: Answer?
    /// Until both the request and the answer are over.
    var receiver: (any ExchangeReceiving)?
    var isPumping = false
    var isPaused = false
    var persists = true
    var owesContinue = false
    var hasProbed = false
    var drained = 0
    var isStopping = false

    // Time.
    var deadlines: Deadlines
    var readDeadline = NIODeadline.distantFuture
    var writeDeadline = NIODeadline.distantFuture
    var bytesSent = 0
    var bytesTakenAtLastCheck = 0

    init(limits: Limits, accepting: any ExchangeAccepting, welcome: Welcome = .served, memory: LoopMemory) {
        self.limits = limits
        idleTime = TimeAmount(limits.idleTimeout)
        self.accepting = accepting
        self.welcome = welcome
        self.memory = memory
        parser = RequestParser(limits: limits)
        deadlines = Deadlines(shortest: min(limits.headerTimeout, limits.bodyTimeout, limits.idleTimeout))
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        // Where a channel has none, all goes its way.
        socket = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in socket }
        let address = context.remoteAddress
        parser.client = address?.ipAddress
        guard !isStopping else { return finish(linger: false) }
        guard welcome == .served else { return refuse(.tooManyConnections) }
        readDeadline = deadline(in: limits.headerTimeout)
        settle()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReadAsked = false
        isInBurst = true
        guard phase != .lingering else { return throwAway(unwrapInboundIn(data).readableBytes) }
        let bytes = unwrapInboundIn(data)
        let isShared = input.readableBytes == 0
        if isShared { input = bytes } else { input.writeImmutableBuffer(bytes) }
        pump()
        // What waits for more goes to memory of its own.
        if isShared, input.readableBytes > 0 { input = ByteBuffer(buffer: input) }
        memory.input.giveBack(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInBurst = false
        if needsFlush { flushNow() }
        settle()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            writeDeadline = .distantFuture
            callWaitingForWritability()
        } else {
            outputFilled()
        }
        if answer != nil { receiver?.writabilityChanged() }
        pump()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            inputEnded = true
            pump()
            probeSoon()
        case Command.finish: finishSoon()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        socket = nil
        phase = .closed
        input = ByteBuffer()
        deadlines.cancel()
        answer?.over()
        answer = nil
        requestAbandoned("The application closed the connection.")
        callWaitingForWritability()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        isWritable = false
    }
}
