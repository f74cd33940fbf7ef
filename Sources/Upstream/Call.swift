internal import Exchange
internal import Glibc
internal import NIOCore

/// Carries an attempt out on a connection that libcurl has opened: HTTP/1.1 (RFC 9112) is framed here.
final class Call: Carrier {
    /// What has been made of bytes that came.
    struct Taken {
        enum State {
            case goesOn
            /// The sink takes no more at the moment.
            case isHeld
            case isComplete
            case failed(Failure)
        }

        /// So many from the front are done with.
        var count: Int
        var state: State
    }

    /// How the answer's body ends.
    private enum Body {
        case none
        case sized(left: Int)
        case chunked(ChunkReader)
        case untilClose
    }

    private let wires: Wires
    /// What is about to be sent from its event loop.
    private let output: SendBuffer
    private var wire: Wire?
    /// The connection that is being opened for it.
    private var order: ConnectionOrder?
    private var body = Body.none
    /// Bytes at the front of what has not been taken yet that hold no end of a line.
    private var searched = 0

    init(_ wires: Wires) {
        self.wires = wires
        output = wires.ground.output
        super.init(wires)
    }

    // MARK: A connection

    override func begin(_ attempt: Attempt) -> Failure? {
        take(attempt, framesHere: true)
        body = .none
        searched = 0
        if let failure = RequestLine.failure(attempt.request) { return failure }
        progress.sends(Self.form(attempt.request))
        if let wire = wires.fresh() {
            carry(attempt, by: wire)
        } else {
            wires.seat(self)
            armDeadline()
        }
        return nil
    }

    private static func form(_ request: borrowing AttemptRequest) -> RequestForm.Body {
        switch (request.body, request.bodyLength) {
        case (_?, .sized(let size)): size > 0 ? .streamed(size) : .inline(0)
        case (_?, .unknown): .streamed(nil)
        case (nil, .sized(0)): .inline(0)
        case (nil, _), (_, .none): RequestLine.needsLength(request.method) ? .inline(0) : .none
        }
    }

    /// A connection is being opened for it.
    func awaits(_ order: ConnectionOrder) {
        self.order = order
        connecting()
    }

    func carried(by wire: consuming Wire) {
        guard let attempt else { return wires.takeBack(wire, isSound: true) }
        carry(attempt, by: wire)
    }

    private func carry(_ attempt: Attempt, by wire: Wire) {
        self.wire = wire
        order = nil
        wire.carry(self)
        progress.peerAddress = wire.peerAddress
        progress.peerPort = wire.peerPort
        progress.headSent(at: ground.now)
        let isSound = RequestHeadWriter.write(attempt.request, framing, host: wires.authority, room: Self.room, to: output)
        guard isSound else { return over(.refusedCharacter("a field of the request")) }
        if progress.hasBody { sendBody(attempt, on: wire, behindHead: true) } else { wire.send() }
        armDeadline()
    }

    override func letGo(isSound: Bool) {
        if let order {
            self.order = nil
            wires.withdraw(order)
        } else if let wire = wire.take() {
            wires.takeBack(wire, isSound: isSound)
        } else {
            wires.forget(self)
        }
    }

    override func resume(room: Bool, more: Bool) {
        if room, progress.isAnswerHeld {
            progress.isAnswerHeld = false
            attempt?.goOn()
            wire?.readOn()
        }
        if more, progress.isBodyHeld {
            progress.isBodyHeld = false
            sendBody()
        }
    }

    // MARK: The request

    /// Bytes that are read of a body at once.
    private static let room = 64 * 1024
    /// Of a chunk's size and line ends, and of the last chunk.
    private static let chunkFrame = 32

    private var framing: RequestHeadWriter.Framing {
        guard let left = progress.bodyLeft else { return progress.hasBody ? .chunked : .none }
        return .sized(left)
    }

    /// Sends of the body what there is and the connection takes.
    func sendBody() {
        guard let attempt, let wire, progress.hasBody, progress.bodyEndedAt == nil, !progress.isBodyHeld, wire.takesMore else { return }
        sendBody(attempt, on: wire, behindHead: false)
        if progress.bodyEndedAt != nil { armDeadline() }
    }

    private func sendBody(_ attempt: Attempt, on wire: Wire, behindHead: Bool) {
        guard let body = attempt.request.body else { return over(.cancelled) }
        var isFirst = behindHead
        repeat {
            if !isFirst { output.clear(reserving: Self.room) }
            isFirst = false
            repeat {
                if let failure = fill(attempt, from: body) { return over(failure) }
            } while progress.bodyEndedAt == nil && !progress.isBodyHeld && output.room.count > Self.room / 2
            wire.send()
        } while self.attempt != nil && progress.bodyEndedAt == nil && !progress.isBodyHeld && wire.takesMore
    }

    /// Reads the next part of the body into the buffer.
    private func fill(_ attempt: Attempt, from body: RequestBody) -> Failure? {
        let isChunked = progress.bodyLeft == nil
        let offset = isChunked ? Self.chunkFrame / 2 : 0
        let free = output.room
        let end = min(free.count - (isChunked ? Self.chunkFrame / 2 : 0), offset + (progress.bodyLeft ?? Int.max - offset))
        let room = UnsafeMutableRawBufferPointer(rebasing: free[offset..<end])
        switch body.read(&progress.position, into: room, asPrimary: attempt.request.readsAsPrimary) {
        case .bytes(let count):
            if isChunked { frame(count, at: offset) } else { output.filled(count) }
            progress.sent(count, at: ground.now)
        case .wait:
            progress.isBodyHeld = true
            body.whenMore(at: progress.position) { attempt.signal(.more) }
        case .end where isChunked:
            output.put("0\r\n\r\n")
            progress.bodyEnded(at: ground.now)
        case .end, .aborted: return Failure(.cancelled, "the request's body never came whole")
        case .gone: return Failure(.cancelled, "a part of the request's body is no longer kept")
        }
        return nil
    }

    private func frame(_ count: Int, at offset: Int) {
        let front = output.count
        output.put(hexadecimal: count)
        output.put("\r\n")
        output.pull(count, from: offset - (output.count - front))
        output.put("\r\n")
    }

    // MARK: The answer

    /// Looks at what has come.
    func received(_ bytes: UnsafeRawBufferPointer) -> Taken {
        var place = 0
        while !progress.reader.isComplete {
            guard let end = lineEnd(in: bytes, from: place) else {
                return Taken(count: place, state: waits(behind: UnsafeRawBufferPointer(rebasing: bytes[place...])))
            }
            searched = 0
            if let state = read(UnsafeRawBufferPointer(rebasing: bytes[place...end])) { return Taken(count: end + 1, state: state) }
            place = end + 1
        }
        var taken = readBody(UnsafeRawBufferPointer(rebasing: bytes[place...]))
        taken.count += place
        return taken
    }

    /// The beginning of a line has come.
    private func waits(behind beginning: UnsafeRawBufferPointer) -> Taken.State {
        searched = beginning.count
        guard searched <= AnswerReader.maximumBytes else { return .failed(AnswerReader.tooLarge) }
        return progress.reader.mayBegin(with: beginning) ? .goesOn : .failed(Failure(.protocol, AnswerReader.noStatusLine))
    }

    private func lineEnd(in bytes: UnsafeRawBufferPointer, from place: Int) -> Int? {
        let start = place + searched
        guard start < bytes.count, let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private func read(_ line: UnsafeRawBufferPointer) -> Taken.State? {
        let step = progress.reader.read(line)
        if progress.firstByteAt == nil, progress.reader.hasFinalStatus { progress.firstByteAt = ground.now }
        switch consume step {
        case .more: return nil
        case .interim(let head):
            tell(head)
            return nil
        case .final(let head):
            let length = head.bodyLength
            tell(head)
            return begin(bodyOf: length)
        case .refused(let reason): return .failed(Failure(.protocol, reason))
        }
    }

    private func begin(bodyOf length: BodyLength) -> Taken.State? {
        if progress.reader.hasNoBody { return .isComplete }
        switch length {
        case .none, .sized(0): return .isComplete
        case .sized(let length): body = .sized(left: length)
        case .unknown where progress.reader.isChunked: body = .chunked(ChunkReader())
        case .unknown: body = .untilClose
        }
        return nil
    }

    private func readBody(_ bytes: UnsafeRawBufferPointer) -> Taken {
        guard !bytes.isEmpty else { return Taken(count: 0, state: .goesOn) }
        if wantsAnswer, let attempt, attempt.mustHold() {
            progress.isAnswerHeld = true
            return Taken(count: 0, state: .isHeld)
        }
        switch body {
        case .none: return Taken(count: 0, state: .isComplete)
        case .sized(let left):
            let count = min(left, bytes.count)
            body = .sized(left: left - count)
            pass(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return Taken(count: count, state: count == left ? .isComplete : .goesOn)
        case .untilClose:
            pass(bytes)
            return Taken(count: bytes.count, state: .goesOn)
        case .chunked(var chunks):
            let taken = readChunks(bytes, &chunks)
            body = .chunked(chunks)
            return taken
        }
    }

    private func readChunks(_ bytes: UnsafeRawBufferPointer, _ chunks: inout ChunkReader) -> Taken {
        var (data, count, place) = (ByteBuffer(), 0, 0)
        defer {
            progress.answerBytes += count
            tell(data)
        }
        while true {
            switch chunks.next(UnsafeRawBufferPointer(rebasing: bytes[place...])) {
            case .data(let skip, let length):
                let start = place + skip
                if wantsAnswer { data.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])) }
                count += length
                place = start + length
            case .more: return Taken(count: bytes.count, state: .goesOn)
            case .end(let skip): return Taken(count: place + skip, state: .isComplete)
            case .refused(let reason): return Taken(count: place, state: .failed(Failure(.protocol, reason)))
            }
        }
    }

    private func pass(_ bytes: UnsafeRawBufferPointer) {
        progress.answerBytes += bytes.count
        if wantsAnswer { tell(ByteBuffer(copying: bytes)) }
    }

    private func tell(_ data: consuming ByteBuffer) {
        guard let attempt, data.readableBytes > 0 else { return }
        attempt.sent(data.readableBytes)
        ground.tell(data, of: attempt)
    }

    // MARK: The end

    /// The connection has ended.
    ///
    /// - Parameter breakage: what broke it; nil where the upstream closed it.
    /// - Returns: nil where the answer is complete by that.
    func ended(by breakage: String?) -> Failure? {
        let (isInBody, status) = (progress.reader.isComplete, progress.reader.status)
        if breakage == nil, isInBody, case .untilClose = body { return nil }
        guard status != nil || wire?.isUsed == false else { return .lostConnection }
        let how = breakage.map { "lost (\($0))" } ?? "closed"
        let place = isInBody ? "within the answer's body" : status == nil ? "before the answer" : "within the answer's head"
        return Failure(.reset, "the connection was \(how) \(place)")
    }

    /// The attempt is over.
    func over(_ failure: Failure?) {
        let persists = failure == nil && progress.reader.persists && (!progress.hasBody || progress.bodyEndedAt != nil)
        origin.settle(self, failure, isSound: persists)
    }
}

extension ByteBuffer {
    /// Copies these bytes as a whole: the initialiser for any sequence takes them for one of unknown length.
    fileprivate init(copying bytes: UnsafeRawBufferPointer) {
        self = ByteBufferAllocator().buffer(capacity: bytes.count)
        writeBytes(bytes)
    }
}
