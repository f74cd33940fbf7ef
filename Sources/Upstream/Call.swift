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

    private unowned(unsafe) let wires: Wires
    private var wire: Wire?
    /// The connection that is being opened for it.
    private var order: ConnectionOrder?
    private var body = Body.none
    /// Bytes at the front of what has not been taken yet that hold no end of a line.
    private var searched = 0

    init(_ wires: Wires) {
        self.wires = wires
        super.init(wires)
    }

    // MARK: A connection

    override func begin(_ attempt: Attempt) -> Failure? {
        take(attempt, framesHere: true)
        body = .none
        searched = 0
        if let failure = RequestLine.failure(attempt.request) { return failure }
        progress.sends(Self.form(attempt.request))
        wires.seat(self)
        if wire == nil { armDeadline() }
        return nil
    }

    private static func form(_ request: AttemptRequest) -> RequestForm.Body {
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

    func carried(by wire: Wire) {
        guard let attempt else { return wire.letGo(isSound: true) }
        self.wire = wire
        order = nil
        wire.carry(self)
        progress.peerAddress = wire.peerAddress
        progress.peerPort = wire.peerPort
        progress.headSent(at: .now())
        let output = wires.station.output
        guard RequestHeadWriter.write(attempt.request, framing(attempt.request), host: wires.authority, room: Self.room, to: output) else {
            return over(.refusedCharacter("a field of the request"))
        }
        if progress.hasBody { sendBody(behindHead: true) } else { send() }
        armDeadline()
    }

    override func letGo(isSound: Bool) {
        if let order {
            self.order = nil
            wires.withdraw(order)
        } else if let wire {
            self.wire = nil
            wire.letGo(isSound: isSound)
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

    private func framing(_ request: AttemptRequest) -> RequestHeadWriter.Framing {
        guard let left = progress.bodyLeft else { return progress.hasBody ? .chunked : .none }
        return .sized(left)
    }

    private func send() { wire?.send() }

    /// Sends of the body what there is and the connection takes.
    func sendBody() {
        guard progress.hasBody, progress.bodyEndedAt == nil, !progress.isBodyHeld, wire?.takesMore ?? false else { return }
        sendBody(behindHead: false)
    }

    private func sendBody(behindHead: Bool) {
        var isFirst = behindHead
        repeat {
            if !isFirst { wires.station.output.clear(reserving: Self.room) }
            isFirst = false
            repeat {
                if let failure = fill() { return over(failure) }
            } while progress.bodyEndedAt == nil && !progress.isBodyHeld && wires.station.output.room.count > Self.room / 2
            send()
        } while attempt != nil && progress.bodyEndedAt == nil && !progress.isBodyHeld && wire?.takesMore ?? false
        if progress.bodyEndedAt != nil { armDeadline() }
    }

    /// Reads the next part of the body into the buffer.
    private func fill() -> Failure? {
        guard let attempt, let body = attempt.request.body else { return .cancelled }
        let output = wires.station.output
        let isChunked = progress.bodyLeft == nil
        let offset = isChunked ? Self.chunkFrame / 2 : 0
        let free = output.room
        let end = min(free.count - (isChunked ? Self.chunkFrame / 2 : 0), offset + (progress.bodyLeft ?? Int.max - offset))
        let room = UnsafeMutableRawBufferPointer(rebasing: free[offset..<end])
        switch body.read(&progress.position, into: room, asPrimary: attempt.request.readsAsPrimary) {
        case .bytes(let count):
            if isChunked { frame(count, at: offset) } else { output.filled(count) }
            progress.sent(count, at: origin.ground.now)
        case .wait:
            progress.isBodyHeld = true
            body.whenMore(at: progress.position) { attempt.signal(.more) }
        case .end where isChunked:
            output.put("0\r\n\r\n")
            progress.bodyEnded(at: origin.ground.now)
        case .end, .aborted: return Failure(.cancelled, "the request's body never came whole")
        case .gone: return Failure(.cancelled, "a part of the request's body is no longer kept")
        }
        return nil
    }

    private func frame(_ count: Int, at offset: Int) {
        let output = wires.station.output
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
        let hadStatus = progress.reader.hasFinalStatus
        let step = progress.reader.read(line)
        if !hadStatus, progress.reader.hasFinalStatus { progress.firstByteAt = .now() }
        switch step {
        case .more: return nil
        case .interim(let head):
            tell(.head(head))
            return nil
        case .final(let head):
            tell(.head(head))
            return begin(bodyOf: head)
        case .refused(let reason): return .failed(Failure(.protocol, reason))
        }
    }

    private func begin(bodyOf head: AnswerHead) -> Taken.State? {
        if progress.reader.hasNoBody { return .isComplete }
        switch head.bodyLength {
        case .none, .sized(0): return .isComplete
        case .sized(let length): body = .sized(left: length)
        case .unknown where progress.reader.isChunked: body = .chunked(ChunkReader())
        case .unknown: body = .untilClose
        }
        return nil
    }

    private func readBody(_ bytes: UnsafeRawBufferPointer) -> Taken {
        guard !bytes.isEmpty else { return Taken(count: 0, state: .goesOn) }
        if let attempt, attempt.request.wantsAnswer, attempt.mustHold() {
            progress.isAnswerHeld = true
            return Taken(count: 0, state: .isHeld)
        }
        switch body {
        case .none: return Taken(count: 0, state: .isComplete)
        case .sized(let left):
            let count = min(left, bytes.count)
            body = .sized(left: left - count)
            pass(ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<count])), count)
            return Taken(count: count, state: count == left ? .isComplete : .goesOn)
        case .untilClose:
            pass(ByteBuffer(bytes: bytes), bytes.count)
            return Taken(count: bytes.count, state: .goesOn)
        case .chunked(var chunks):
            let taken = readChunks(bytes, &chunks)
            body = .chunked(chunks)
            return taken
        }
    }

    private func readChunks(_ bytes: UnsafeRawBufferPointer, _ chunks: inout ChunkReader) -> Taken {
        let wants = attempt?.request.wantsAnswer ?? false
        var (data, count, place) = (ByteBuffer(), 0, 0)
        defer { pass(data, count) }
        while true {
            switch chunks.next(UnsafeRawBufferPointer(rebasing: bytes[place...])) {
            case .data(let skip, let length):
                let start = place + skip
                if wants { data.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])) }
                count += length
                place = start + length
            case .more: return Taken(count: bytes.count, state: .goesOn)
            case .end(let skip): return Taken(count: place + skip, state: .isComplete)
            case .refused(let reason): return Taken(count: place, state: .failed(Failure(.protocol, reason)))
            }
        }
    }

    private func pass(_ data: ByteBuffer, _ count: Int) {
        guard let attempt, count > 0 else { return }
        progress.answerBytes += count
        guard attempt.request.wantsAnswer else { return }
        attempt.sent(count)
        origin.ground.tell(.body(data), of: attempt)
    }

    // MARK: The end

    /// The connection has ended.
    ///
    /// - Parameter error: the system's; 0 where the upstream closed it.
    /// - Returns: nil where the answer is complete by that.
    func ended(error: Int32) -> Failure? {
        let (isInBody, status) = (progress.reader.isComplete, progress.reader.status)
        if error == 0, isInBody, case .untilClose = body { return nil }
        guard status != nil || wire?.isUsed == false else { return .lostConnection }
        let how = error == 0 ? "closed" : "lost (\(String(cString: strerror(error))))"
        let place = isInBody ? "within the answer's body" : status == nil ? "before the answer" : "within the answer's head"
        return Failure(.reset, "the connection was \(how) \(place)")
    }

    /// The attempt is over.
    func over(_ failure: Failure?) {
        let persists = failure == nil && progress.reader.persists && (!progress.hasBody || progress.bodyEndedAt != nil)
        origin.settle(self, failure, isSound: persists)
    }
}
