import Exchange
import Glibc
import NIOCore
import NIOHTTP1

/// One connection of a scripted server: takes requests one after the other and treats each as its script says.
///
/// Requests that are sent ahead wait in `parked`, and nothing more is read meanwhile: what waits is what one read brought.
final class ScriptedConnection<Scene: Stage>: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stage: Scene
    var context: ChannelHandlerContext?
    private var call: Call?
    /// From the moment that the answer is due until it is out.
    private var isAnswering = false
    private var answer: Answer?
    private var parked = CircularBuffer<HTTPServerRequestPart>()
    /// Nothing more is taken: the connection is on its way to its end.
    private var isOver = false
    /// Counts calls, so that a timer set for an earlier one does nothing.
    private var generation = 0

    private var isPumping = false
    private var isUnparking = false
    private var isReading = false
    private var needsFlush = false
    /// Reads are left to the script's own pace.
    private var holdsReads = false
    private var isReadDue = false

    init(_ stage: Scene) { self.stage = stage }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        stage.ledger.connectionOpened()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stage.ledger.connectionClosed()
        if let call, let ticket = call.ticket, !call.isComplete {
            stage.ledger.bodyEnded(ticket, bytes: call.bytes, digest: call.digest, isComplete: false)
        }
        call = nil
        answer = nil
        isOver = true
        generation += 1
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        isReading = true
        let part = unwrapInboundIn(data)
        if parked.isEmpty && !mustPark(part) { take(part) } else { parked.append(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if parked.isEmpty && !holdsReads { context.read() } else { isReadDue = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, answer != nil, call?.script?.behaviour.pace == nil { pump() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !isOver else { return context.close(promise: nil) }
        stage.ledger.malformed()
        write(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
        closeOnceWritten { $0.close(promise: nil) }
    }

    // MARK: The request

    private func mustPark(_ part: HTTPServerRequestPart) -> Bool {
        if case .head = part { return isAnswering }
        return false
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): call?.take(bytes)
        case .end: endBody()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        generation += 1
        guard !head.uri.hasPrefix(Control.prefix) else {
            call = Call(head, nil, nil, hashes: false, collects: nil)
            return
        }
        let ticket = stage.ledger.seen(head)
        let script = script(for: head)
        let behaviour = script.behaviour
        let hashes = stage.ledger.capacity > 0 || behaviour.body == .echo
        call = Call(head, script, ticket, hashes: hashes, collects: stage.collects)
        if behaviour.ending == .resetEarly { return reset() }
        if behaviour.early {
            holdsReads = true
            return startAnswer()
        }
        if head.headers.contains(name: "expect") {
            write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        }
        if let pace = behaviour.slowRead { readSlowly(pace) }
    }

    private func script(for head: HTTPRequestHead) -> Script {
        do {
            return try stage.script(for: head)
        } catch {
            var refusal = Behaviour()
            refusal.status = 400
            return Script(refusal, document: Document.text(["error": error.description]))
        }
    }

    private func endBody() {
        guard var call else { return }
        call.isComplete = true
        self.call = call
        if holdsReads && !isAnswering { readFreely() }
        guard let ticket = call.ticket, let script = call.script else {
            return answerControl(stage.control(call.head.method, call.head.uri), to: call.head)
        }
        if stage.ledger.capacity > 0 {
            stage.ledger.bodyEnded(ticket, bytes: call.bytes, digest: call.digest, isComplete: true)
        }
        if !isAnswering {
            if stage.collects != nil { self.call = collected(call, script) }
            startAnswer()
        }
    }

    /// The call with the script that the stage chose once it had seen the body.
    private func collected(_ call: Call, _ script: Script) -> Call {
        guard script.behaviour.status < 400, script.behaviour.ending == .answer else { return call }
        var other: Script?
        if call.isTooLarge {
            var refusal = Behaviour()
            refusal.status = 413
            other = Script(refusal, document: Document.text(["error": "the body is longer than \(stage.collects ?? 0) bytes"]))
        } else {
            other = stage.received(call.head, body: call.body)
        }
        guard let other else { return call }
        var answered = Call(call.head, other, call.ticket, hashes: false, collects: nil)
        answered.isComplete = true
        return answered
    }

    // MARK: The answer

    private func startAnswer() {
        guard let script = call?.script else { return }
        isAnswering = true
        guard let delay = stage.delay(of: script.behaviour) else { return act(script) }
        after(delay) { $0.act(script) }
    }

    private func act(_ script: Script) {
        switch script.behaviour.ending {
        case .hang: break
        case .reset, .resetEarly: reset()
        case .close: closeOnceWritten { $0.close(promise: nil) }
        case .garbage:
            write(ByteBuffer(bytes: [0x00, 0xFF, 0x16, 0x03] + Array("this is no HTTP\r\n\r\n".utf8)))
            closeOnceWritten { $0.close(promise: nil) }
        case .answer, .closeIdle, .resetAfter, .closeAfter: writeAnswer(script)
        }
    }

    private func writeAnswer(_ script: Script) {
        guard let call else { return }
        if let wire = script.wire, call.takesReadyAnswer {
            stage.ledger.answeredWhole(status: script.behaviour.status)
            write(wire)
            return finish(keeps: true)
        }
        let echo = script.behaviour.body == .echo ? call.echo(by: stage.name) : nil
        let answer = script.answer(to: call.head, echo: echo)
        stage.ledger.headSent(status: answer.status)
        self.answer = answer
        write(answer.head)
        pump()
    }

    private func answerControl(_ control: Control, to head: HTTPRequestHead) {
        isAnswering = true
        var behaviour = Behaviour()
        behaviour.status = control.status
        let answer = Script(behaviour, document: control.document).answer(to: head, echo: nil)
        self.answer = answer
        write(answer.head)
        pump()
    }

    /// Sends the answer's pieces as fast as its pace and the peer allow.
    private func pump() {
        guard !isPumping, let context else { return }
        let pace = call?.script?.behaviour.pace
        isPumping = true
        defer { isPumping = false }
        while var answer {
            if !context.channel.isWritable {
                context.flush()
                guard context.channel.isWritable else {
                    if let pace { after(pace) { $0.pump() } }
                    return
                }
            }
            let step = answer.next()
            self.answer = answer
            switch step {
            case .piece(let piece):
                write(piece)
                if let pace {
                    context.flush()
                    return after(pace) { $0.pump() }
                }
            case .end: ended(answer)
            case .cut: cut()
            }
        }
    }

    private func ended(_ answer: Answer) {
        self.answer = nil
        if !isReading { context?.flush() }
        guard let script = call?.script else { return finish(keeps: answer.isPersistent) }
        stage.ledger.answered()
        finish(keeps: answer.isPersistent && script.behaviour.ending != .closeIdle)
    }

    /// Breaks the answer off. The peer gets a moment to take what was sent before a RST makes it forget.
    private func cut() {
        answer = nil
        guard case .resetAfter = call?.script?.behaviour.ending else { return closeOnceWritten { $0.close(promise: nil) } }
        closeOnceWritten { [self] _ in after(.milliseconds(10)) { $0.reset() } }
    }

    private func finish(keeps: Bool) {
        let wasEarly = call?.script?.behaviour.early ?? false
        guard keeps else {
            return closeOnceWritten { [self] context in
                if wasEarly { drain(context) } else { context.close(promise: nil) }
            }
        }
        call = nil
        isAnswering = false
        unpark()
    }

    private func unpark() {
        guard !parked.isEmpty, !isUnparking else { return }
        isUnparking = true
        while !isOver, let part = parked.first, !mustPark(part) {
            parked.removeFirst()
            take(part)
        }
        isUnparking = false
        readIfDue()
    }

    // MARK: The wire

    private func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(bytes), promise: nil)
        if isReading { needsFlush = true } else if !isPumping { context.flush() }
    }

    /// Takes nothing more, and does `next` when everything written has left for the socket.
    private func closeOnceWritten(_ next: @escaping (ChannelHandlerContext) -> Void) {
        guard let context, !isOver else { return }
        isOver = true
        answer = nil
        let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer()))
        written.assumeIsolated().whenComplete { [self] _ in
            if let context = self.context { next(context) }
        }
    }

    /// Ends with a RST: nothing that is still to be sent goes out.
    private func reset() {
        guard let context else { return }
        isOver = true
        answer = nil
        if let socket = context.channel as? any SocketOptionProvider {
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }

    /// Says that nothing more comes and drops what the peer still sends, so that its unread bytes don't turn the end
    /// into a RST that would overtake the answer (RFC 9112, 9.6).
    private func drain(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        readFreely()
        after(.seconds(1)) { $0.context?.close(promise: nil) }
    }

    private func readSlowly(_ pace: Behaviour.Pace) {
        guard let options = context?.channel.syncOptions else { return }
        holdsReads = true
        try? options.setOption(.socketOption(.so_rcvbuf), value: 4096)
        try? options.setOption(.maxMessagesPerRead, value: 1)
        try? options.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: pace.count))
        readNext(pace)
    }

    private func readNext(_ pace: Behaviour.Pace) {
        after(pace.interval) { connection in
            guard connection.holdsReads else { return }
            connection.context?.read()
            connection.readNext(pace)
        }
    }

    private func readFreely() {
        holdsReads = false
        if let options = context?.channel.syncOptions {
            try? options.setOption(.maxMessagesPerRead, value: 4)
            try? options.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator())
        }
        readIfDue()
    }

    private func readIfDue() {
        guard isReadDue, parked.isEmpty, !holdsReads else { return }
        isReadDue = false
        context?.read()
    }

    private func after(_ delay: Duration, _ next: @escaping (ScriptedConnection) -> Void) {
        let now = generation
        context?.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay.nanoseconds)) { [self] in
            if generation == now, context != nil { next(self) }
        }
    }
}
