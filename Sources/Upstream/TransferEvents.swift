internal import CCurl
internal import Exchange
internal import NIOCore

/// What libcurl tells a transfer while it runs. Called from within libcurl: nothing in here may call it back.
extension Transfer {
    // MARK: The connection

    /// The request is about to go out over a connection that is ready.
    ///
    /// - Returns: false where it has gone out before. libcurl sends a request again, POST too, where a kept connection dies
    ///   before the answer; whether that may be is not its to decide.
    func connected(peer: UnsafePointer<CChar>?, port: Int32, localPort: Int32) -> Bool {
        guard progress.connectedAt == nil else {
            progress.failure = .lostConnection
            return false
        }
        progress.headSent(at: .now())
        connected(localPort: localPort)
        progress.peerAddress = curl.peerName(peer)
        progress.peerPort = Int(port)
        if progress.bodyEndedAt != nil { armDeadline() }
        return true
    }

    private func connected(localPort: Int32) {
        let opened = curl.driver.readiness.settle(&sockets, localPort: localPort)
        if let generation { curl.rotation.connected(generation, port: localPort, opened: opened) }
    }

    // MARK: The answer

    /// One line of a head, or of the trailers.
    func received(line: UnsafeRawBufferPointer) -> Int {
        guard progress.failure == nil else { return 0 }
        let hadStatus = progress.reader.hasFinalStatus
        let step = progress.reader.read(line)
        if !hadStatus, progress.reader.hasFinalStatus { progress.firstByteAt = .now() }
        switch step {
        case .more: break
        case .interim(let head): tell(head)
        case .final(let head):
            tell(head)
            guard headEnded(head) else { return 0 }
        case .refused(let reason): return breakOff(.protocol, reason)
        }
        return line.count
    }

    /// - Returns: whether libcurl is to read on.
    private func headEnded(_ head: AnswerHead) -> Bool {
        guard let attempt else { return false }
        // libcurl stops sending the body where the answer is an error, but does not end while that body is held.
        if progress.isBodyHeld, head.status >= 300 { attempt.signal(.more) }
        guard attempt.request.method == "HEAD", progress.hasBody else { return true }
        // libcurl can't send a body with HEAD other than as a method it does not know, whose answer it takes to have a body.
        progress.isSettled = true
        return false
    }

    /// A part of the answer's body.
    func received(body: UnsafeRawBufferPointer) -> Int {
        guard let attempt, progress.failure == nil else { return 0 }
        if attempt.request.wantsAnswer {
            guard !attempt.mustHold() else {
                progress.isAnswerHeld = true
                return Int(CURL_WRITEFUNC_PAUSE)
            }
            attempt.sent(body.count)
            ground.tell(ByteBuffer(bytes: body), of: attempt)
        }
        progress.answerBytes += body.count
        return body.count
    }

    // MARK: The request's body

    /// Copies out the next part of the request's body.
    func provide(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard let attempt, let body = attempt.request.body, progress.failure == nil else { return Int(CURL_READFUNC_ABORT) }
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(progress.bodyLeft ?? bytes.count))
        guard !room.isEmpty else { return 0 }
        switch body.read(&progress.position, into: room, asPrimary: attempt.request.readsAsPrimary) {
        case .bytes(let count):
            progress.sent(count, at: ground.now)
            if progress.bodyEndedAt != nil { armDeadline() }
            return count
        case .wait:
            progress.isBodyHeld = true
            body.whenMore(at: progress.position) { attempt.signal(.more) }
            return Int(CURL_READFUNC_PAUSE)
        case .end where progress.bodyLeft == nil:
            progress.bodyEnded(at: ground.now)
            armDeadline()
            return 0
        case .end, .aborted:
            _ = breakOff(.cancelled, "the request's body never came whole")
        case .gone:
            _ = breakOff(.cancelled, "a part of the request's body is no longer kept")
        }
        return Int(CURL_READFUNC_ABORT)
    }

    private func breakOff(_ errorClass: ErrorClass, _ detail: String) -> Int {
        progress.failure = Failure(errorClass, detail)
        return 0
    }
}
