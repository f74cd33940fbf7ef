internal import CGlibc
internal import NIOCore

/// The way of an answer: from its parts to the socket, in as few writes as their order in time allows.
extension Connection {
    /// Parts of a body up to this length are copied behind what waits to be sent, so that they leave in one piece with it.
    private static let copyUpTo = 4096
    /// What waits to be sent is given to the channel when it has become this long, so that the watermarks see it.
    private static let holdUpTo = 16 * 1024

    /// Whether the connection may go on after the answer whose head is written now.
    var mayPersist: Bool {
        persists && !isStopping && !owesContinue && !(inputEnded && input.readableBytes == 0)
    }

    /// Takes a part of a body behind what was written before.
    func send(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Connection.copyUpTo {
            output.writeImmutableBuffer(bytes)
            if output.readableBytes >= Connection.holdUpTo { passOn() }
        } else {
            passOn()
            write(bytes)
        }
    }

    /// Gives the channel what waits.
    func passOn() {
        guard output.readableBytes > 0 else { return }
        write(output)
        // Where the channel holds these bytes still, this is new memory; else it is the same again.
        if output.capacity > Connection.holdUpTo * 2 { output = ByteBuffer() } else { output.clear() }
    }

    private func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        bytesSent &+= bytes.readableBytes
        writesUnderWay += 1
        let done = context.eventLoop.makePromise(of: Void.self)
        done.futureResult.assumeIsolated().whenComplete { _ in self.writesUnderWay -= 1 }
        context.write(wrapOutboundOut(bytes), promise: done)
    }

    /// What the socket takes at once makes no detour by the channel, which costs as much again as the system; the rest does.
    private func sendAtOnce(_ bytes: inout ByteBuffer) {
        guard writesUnderWay == 0, let socket else { return }
        var problem: CInt = 0
        // What has gone wrong with a socket the channel finds out by itself, and closes.
        let sent = bytes.withUnsafeReadableBytes { pantograph_send_now(socket, $0.baseAddress, $0.count, &problem) }
        bytesSent &+= sent
        bytes.moveReaderIndex(forwardBy: sent)
    }

    // MARK: When it leaves

    /// Has what was written leave at the end of this turn of the loop, with what is written until then.
    func flushSoon() {
        needsFlush = true
        guard !isInBurst, !isHeld, !isFlushScheduled, let context else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            if self.needsFlush { self.flushNow() }
        }
    }

    /// What was held together is complete.
    func release() {
        isHeld = false
        if needsFlush { flushNow() }
    }

    /// Has what was written leave now; within a burst of reads, or while it is held, at the end of that.
    func flushNow() {
        needsFlush = true
        guard !isInBurst, !isHeld else { return }
        needsFlush = false
        var leaving = output
        output = ByteBuffer()
        sendAtOnce(&leaving)
        if leaving.readableBytes > 0 {
            write(leaving)
        } else if leaving.capacity <= Connection.holdUpTo * 2 {
            memory.giveBack(output: leaving)
        }
        if writesUnderWay > 0 { context?.flush() }
    }

    /// Sees to it that what is written next finds memory that was used just now.
    func prepareOutput() {
        if output.capacity == 0 { output = memory.takeOutput() }
    }

    /// Calls back when the channel has room: at once, where it has.
    func whenWritable(_ callback: @escaping @Sendable () -> Void) {
        if phase == .closed || isWritable { callback() } else { whenWritable.append(callback) }
    }

    func callWaitingForWritability() {
        guard !whenWritable.isEmpty else { return }
        let waiting = whenWritable
        whenWritable.removeAll()
        for callback in waiting { callback() }
    }

    // MARK: How it ends

    func answerEnded(closes: Bool) {
        answer = nil
        if closes { persists = false }
        if phase == .answering { receiver = nil }
        flushNow()
        pump()
    }

    /// The answer can't be completed: what was written of it leaves, and the connection ends.
    ///
    /// - Parameter looksWhole: an answer that ends with its connection must end with a reset, or it would seem complete.
    func answerCut(looksWhole: Bool, tellReceiver: Bool) {
        answer = nil
        if tellReceiver, phase == .body {
            requestAbandoned("The answer was over before the request had come whole.")
        }
        receiver = nil
        closeNow(reset: looksWhole)
    }

    /// How long an application that has closed its sending side is waited for without a doubt.
    private static let probeDelay = Duration.milliseconds(250)

    /// The request has come whole, the application sends no more, and its answer is due: it may be gone, or may just have
    /// closed its sending side and wait. If the answer does not come soon, find out.
    func probeSoon() {
        guard inputEnded, phase == .answering, !hasProbed, answer != nil else { return }
        readDeadline = deadline(in: Connection.probeDelay)
        armDeadlines()
    }

    /// Sends an interim answer, which every HTTP/1.1 client must take unasked (RFC 9110, 15.2): the system of one that is
    /// gone answers it with a reset, and that is seen here as the connection's end.
    func probe() {
        guard !hasProbed, let answer, answer.allowsInterim, !answer.hasHead else { return }
        hasProbed = true
        output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        flushNow()
    }
}
