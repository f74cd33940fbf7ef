internal import Exchange
internal import NIOCore

/// The way of a request: from the bytes that have come to the one who receives it.
extension Connection {
    /// Goes as far as the bytes, the application's readiness and the exchange under way allow.
    func pump() {
        // Whoever is called from here may call back; the loop below goes on with what that changed.
        guard !isPumping else { return }
        isPumping = true
        while step() {}
        isPumping = false
        // Let go of what was read, so that others can be read into the same memory.
        if input.readableBytes == 0, input.readerIndex > 0 { input = ByteBuffer() }
        settle()
    }

    /// One step; false where nothing more can be done now.
    private func step() -> Bool {
        switch phase {
        case .head: return stepHead()
        case .body: return stepBody()
        case .answering: return answer == nil && startNext()
        case .closing, .lingering, .closed:
            input = ByteBuffer()
            return false
        }
    }

    // MARK: The head

    private func stepHead() -> Bool {
        guard input.readableBytes > 0 else {
            if inputEnded { endOfInputInHead() }
            return false
        }
        // The next request waits until the application has taken enough of the last answer.
        guard isWritable else { return false }
        let moment = headStartedAt ?? Moment.now()
        switch parser.next(&input) {
        case .head(let parsed):
            accept(parsed, at: moment)
            return true
        case .refused(let refusal):
            headStartedAt = moment
            refuse(refusal)
        default: waitForHead(since: moment)
        }
        return false
    }

    private func waitForHead(since moment: Moment) {
        // A stray empty line is not the beginning of a request.
        if !parser.isBetweenRequests || input.readableBytes > 0 {
            if headStartedAt == nil { readDeadline = deadline(in: limits.headerTimeout) }
            headStartedAt = moment
        }
        if inputEnded { endOfInputInHead() }
    }

    private func endOfInputInHead() {
        if headStartedAt == nil { finish(linger: false) } else { refuse(.endedInHead) }
    }

    private func accept(_ parsed: consuming ParsedHead, at moment: Moment) {
        guard let context else { return }
        headStartedAt = nil
        readDeadline = .distantFuture
        phase = .body
        isPaused = false
        hasProbed = false
        drained = 0
        persists = parsed.persists
        owesContinue = parsed.expectsContinue
        let answer = Answer(to: parsed.request, on: self, eventLoop: context.eventLoop)
        self.answer = answer
        let receiver = accepting.accept(parsed.request, at: moment, answering: answer)
        // The answer may have broken off within the call: then the receiver is told nothing more.
        if phase == .body { self.receiver = receiver }
    }

    // MARK: The body

    private func stepBody() -> Bool {
        if answer == nil {
            guard mayDrain else {
                giveUpRequest()
                return false
            }
        } else if isPaused {
            return false
        }
        switch parser.next(&input) {
        case .body(let bytes):
            owesContinue = false
            if answer == nil { drained += bytes.readableBytes }
            readDeadline = .distantFuture
            receiver?.received(body: bytes)
            return true
        case .end:
            owesContinue = false
            readDeadline = .distantFuture
            phase = .answering
            receiver?.bodyEnded()
            if answer == nil { receiver = nil }
            probeSoon()
            return true
        case .refused(let refusal): refuseBody(refusal)
        case .needsMore, .head: waitForBody()
        }
        return false
    }

    private func waitForBody() {
        if inputEnded { return applicationGone("The application closed the connection in the middle of its request's body.") }
        if owesContinue, answer?.hasHead == false { sendContinue() }
        receiver?.bodyStalls()
        readDeadline = deadline(in: limits.bodyTimeout)
    }

    /// RFC 9110, 10.1.1: the application is told to go on when its body is first wanted.
    private func sendContinue() {
        owesContinue = false
        output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        flushNow()
    }

    /// Whether the rest of a body whose answer is over is short enough to be read all the same. An application that still
    /// waits for `100 Continue` may send it or not, so that nobody could tell where its next request begins.
    private var mayDrain: Bool {
        !owesContinue && drained + (parser.bodyBytesLeft ?? 0) <= Connection.drainLimit
    }

    func pauseBody() {
        isPaused = true
        if phase == .body { readDeadline = .distantFuture }
    }

    func resumeBody() {
        guard isPaused else { return }
        isPaused = false
        pump()
    }

    // MARK: The next one

    private func startNext() -> Bool {
        guard persists, !isStopping else {
            finish(linger: input.readableBytes > 0)
            return false
        }
        phase = .head
        parser.startNext()
        readDeadline = context.map { $0.eventLoop.now + idleTime } ?? .distantFuture
        return true
    }

    // MARK: Reading

    /// After every event: asks for more bytes where they are wanted, and sees to the clock.
    func settle() {
        guard phase != .closed else { return }
        armDeadlines()
        guard wantsBytes, !isReadAsked, !inputEnded, !isInBurst, let context else { return }
        isReadAsked = true
        context.read()
    }

    /// While an exchange is under way reading goes on, within a bound: only so is the application's end seen.
    private var wantsBytes: Bool {
        switch phase {
        case .head, .answering: input.readableBytes < max(Connection.backlogLimit, limits.headerBytes)
        case .body: answer == nil || !isPaused
        case .lingering: true
        case .closing, .closed: false
        }
    }
}
