internal import Exchange
internal import NIOCore

/// The answer to one request: what the Sidecar writes goes through its framing to the connection, until it is over.
final class Answer: Answering {
    let eventLoop: any EventLoop
    /// nil once the answer is over, whichever way: what comes after that is without effect.
    private var connection: Connection?
    /// The connection that `release` must reach, though the answer be over by then.
    private var held: Connection?
    private var writer: AnswerWriter
    /// Whether an interim head may be sent without having been asked for.
    let allowsInterim: Bool

    init(to request: RequestHead, on connection: Connection, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.connection = connection
        writer = AnswerWriter(isHead: request.method == "HEAD", minorVersion: request.minorVersion)
        allowsInterim = request.minorVersion > 0
    }

    var hasHead: Bool { writer.hasHead }
    var isWritable: Bool { connection?.isWritable ?? false }
    /// Whether the body written so far looks whole however early it ends.
    var endsByClose: Bool { writer.endsByClose }

    /// Parts it from its connection.
    func over() { connection = nil }

    func write(head: AnswerHead) {
        guard let connection else { return }
        connection.prepareOutput()
        let result = writer.write(head: head, persists: connection.mayPersist, to: &connection.output, now: .now())
        if result != .dropped { connection.flushSoon() }
    }

    func write(body: ByteBuffer, written: (@Sendable () -> Void)?) {
        guard let connection else {
            written?()
            return
        }
        switch writer.take(body: body.readableBytes) {
        case .dropped: break
        case .write(let count):
            send(body, count: count, on: connection)
            connection.flushSoon()
        case .complete(let count):
            send(body, count: count, on: connection)
            connection.flushNow()
        }
        if let written { connection.whenWritable(written) }
    }

    private func send(_ body: ByteBuffer, count: Int, on connection: Connection) {
        if writer.isChunked { AnswerWriter.writeChunkPrefix(count, to: &connection.output) }
        let part = count == body.readableBytes ? body : body.getSlice(at: body.readerIndex, length: count) ?? ByteBuffer()
        connection.send(part)
        if writer.isChunked { connection.output.writeStaticString("\r\n") }
    }

    func end() {
        guard let connection else { return }
        self.connection = nil
        if writer.end(to: &connection.output) {
            connection.answerEnded(closes: writer.closes)
        } else {
            connection.answerCut(looksWhole: false, tellReceiver: true)
        }
    }

    func abort() {
        guard let connection else { return }
        self.connection = nil
        connection.answerCut(looksWhole: writer.endsByClose, tellReceiver: false)
    }

    func hold() {
        held = connection
        connection?.isHeld = true
    }

    func release() {
        held?.release()
        held = nil
    }

    func pauseBody() { connection?.pauseBody() }
    func resumeBody() { connection?.resumeBody() }
}
