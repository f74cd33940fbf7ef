internal import Exchange
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// The ends that a request and its connection can come to before their time.
extension Connection {
    /// How long a closed connection waits for the application to close its side.
    private static let lingerTime = Duration.seconds(2)
    /// How many bytes are thrown away meanwhile.
    private static let lingerLimit = 1024 * 1024

    // MARK: Refusing

    /// Answers a request that can't be taken with a problem, and closes.
    func refuse(_ refusal: Refusal) {
        guard let context else { return }
        let request = parser.partialHead
        let problem = accepting.refused(refusal.problem, request, at: headStartedAt ?? .now(), on: context.eventLoop)
        write(problem, isHead: request?.method == "HEAD", minorVersion: request?.minorVersion ?? 1)
        finish(linger: welcome != .farTooMany)
    }

    /// Answers a request that went wrong in mid-body: with a problem, as long as no head has been written.
    func refuseBody(_ refusal: Refusal) {
        guard let answer else {
            requestAbandoned(refusal.detail)
            return finish(linger: true)
        }
        guard !answer.hasHead, let receiver else { return applicationGone(refusal.detail) }
        answer.over()
        self.answer = nil
        self.receiver = nil
        let problem = receiver.refused(refusal.problem)
        write(problem, isHead: parser.partialHead?.method == "HEAD", minorVersion: parser.partialHead?.minorVersion ?? 1)
        finish(linger: true)
    }

    private func write(_ problem: Problem, isHead: Bool, minorVersion: Int) {
        let (head, body) = problem.answer()
        var writer = AnswerWriter(isHead: isHead, minorVersion: minorVersion)
        _ = writer.write(head: head, persists: false, to: &output, now: .now())
        if case .complete = writer.take(body: body.readableBytes) { output.writeImmutableBuffer(body) }
    }

    // MARK: Giving up

    /// The application is gone or no use any more: the answer is cut.
    func applicationGone(_ reason: String) {
        let looksWhole = answer?.endsByClose ?? false
        answer?.over()
        answer = nil
        requestAbandoned(reason)
        closeNow(reset: looksWhole)
    }

    /// Tells the receiver, where there still is one, that nothing more comes.
    func requestAbandoned(_ reason: String) {
        guard let receiver else { return }
        self.receiver = nil
        receiver.applicationGone(reason)
    }

    /// The answer is over and the rest of the request is too long to wait for.
    func giveUpRequest() {
        requestAbandoned("The answer was over before the request had come whole, and the rest was not waited for.")
        finish(linger: true)
    }

    // MARK: Closing

    /// No new requests: an idle connection closes, any other one after its exchange.
    func finishSoon() {
        isStopping = true
        if phase == .head, headStartedAt == nil, input.readableBytes == 0 { finish(linger: false) }
    }

    /// Closes once everything written has left.
    ///
    /// - Parameter linger: whether bytes may still be coming, on which the system would answer a closed connection with a
    ///   reset that can overtake the answer (RFC 9112, 9.6).
    func finish(linger: Bool) {
        guard let context, phase != .closing, phase != .lingering, phase != .closed else { return }
        phase = .closing
        input = ByteBuffer()
        readDeadline = .distantFuture
        writeDeadline = deadline(in: limits.bodyTimeout)
        passOn()
        needsFlush = false
        let left = context.eventLoop.makePromise(of: Void.self)
        left.futureResult.assumeIsolated().whenComplete { _ in self.lastBytesLeft(linger: linger) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: left)
        settle()
    }

    private func lastBytesLeft(linger: Bool) {
        guard let context, phase == .closing else { return }
        guard linger, !inputEnded else { return closeNow(reset: false) }
        phase = .lingering
        drained = 0
        writeDeadline = .distantFuture
        readDeadline = deadline(in: Connection.lingerTime)
        context.close(mode: .output, promise: nil)
        settle()
    }

    /// Bytes that came while lingering.
    func throwAway(_ count: Int) {
        drained += count
        if drained > Connection.lingerLimit { closeNow(reset: false) }
    }

    /// Closes at once; what the system has of the answer may still arrive.
    func closeNow(reset: Bool) {
        guard let context, phase != .closed else { return }
        passOn()
        context.flush()
        phase = .closed
        if reset, let socket = context.channel as? any SocketOptionProvider {
            // On the channel's own loop this is done before it returns.
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }
}
