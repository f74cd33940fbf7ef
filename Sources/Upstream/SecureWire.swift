internal import CCurl
internal import Exchange

/// A connection with TLS: libcurl has opened and verified it, and encrypts and decrypts what goes over it (`CURLOPT_CONNECT_ONLY`,
/// `curl_easy_send`, `curl_easy_recv`). Lives on the upstream thread.
final class SecureWire: Wire {
    private static let recordsAtOnce = 16

    private unowned(unsafe) let origin: SecureWires
    /// Nil once it is closed.
    private var opening: Opening?
    /// What the socket has not taken: TLS wants to be offered the same bytes again, at the same place.
    private var unsent: UnsafeMutableRawBufferPointer?
    private var unsentRange = 0..<0

    init(_ connection: OpenConnection, _ wires: SecureWires) {
        origin = wires
        opening = connection.opening
        super.init(connection, wires)
        watch()
    }

    deinit { unsent?.deallocate() }

    override func isQuiet() -> Bool {
        guard let opening else { return false }
        var (byte, count) = (UInt8(0), 0)
        // What is of TLS alone, such as a ticket for the next session, is not for us to see.
        return curl_easy_recv(opening.easy, &byte, 1, &count) == CURLE_AGAIN
    }

    /// libcurl says farewell and closes the socket.
    override func disconnect() {
        origin.forget(self)
        opening = nil
    }

    // MARK: Readiness

    /// Something happened on the socket.
    func act(on event: Readiness.Event) {
        if event.isWritable, isSending { sendOn() }
        if event.isReadable || isBroken { receive() }
    }

    private func watch() {
        // What is broken can be written to at once, which is how it is told of; but not while nobody listens.
        let wanted = (reads ? Readiness.reading : 0) | (isSending || isBroken && reads ? Readiness.writing : 0)
        origin.curl.driver.readiness.want(wanted, of: descriptor, origin: origin.index)
    }

    // MARK: Sending

    override func send() {
        guard takesMore else { return }
        let bytes = origin.ground.output.bytes
        let sent = offer(bytes)
        // A connection that is broken is told of when the socket says that it can be written to, and not from within this.
        guard sent < bytes.count else { return }
        if !isBroken {
            unsentRange = sent..<bytes.count
            unsent = origin.ground.output.detach()
            isSending = true
        }
        watch()
    }

    private func sendOn() {
        guard let memory = unsent else { return }
        let sent = offer(UnsafeRawBufferPointer(rebasing: memory[unsentRange]))
        unsentRange = unsentRange.lowerBound + sent..<unsentRange.upperBound
        guard unsentRange.isEmpty || isBroken else { return }
        memory.deallocate()
        unsent = nil
        isSending = false
        watch()
        if !isBroken { call?.sendBody() }
    }

    /// - Returns: how many bytes from the front have been taken: all, unless the socket takes no more at the moment or is broken.
    private func offer(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let opening, let base = bytes.baseAddress else { return 0 }
        var sent = 0
        while sent < bytes.count {
            var taken = 0
            let code = curl_easy_send(opening.easy, base + sent, bytes.count - sent, &taken)
            guard code != CURLE_AGAIN else { break }
            guard code == CURLE_OK else {
                isBroken = true
                breakage = opening.words(code)
                break
            }
            sent += taken
        }
        return sent
    }

    // MARK: Receiving

    /// Reads what has come, and no more than so much in a turn: others have their turn, too, and the socket stays readable.
    private func receive() {
        for _ in 0..<Self.recordsAtOnce {
            // There is room for a whole record of TLS (16 KiB), so that nothing is left where the socket would not tell of it.
            guard reads, !isClosed, let opening, let room = origin.curl.driver.input.baseAddress else { return }
            var count = 0
            let code = curl_easy_recv(opening.easy, room, origin.curl.driver.input.count, &count)
            switch code {
            case CURLE_OK where count > 0: take(UnsafeRawBufferPointer(start: room, count: count))
            case CURLE_OK: return ended()
            case CURLE_AGAIN: return isBroken ? ended() : ()
            default:
                if breakage == nil { breakage = opening.words(code) }
                return ended()
            }
            // What comes now belongs to nobody; whoever takes the connection next looks at it.
            guard call != nil else { return }
        }
    }

    override func readingChanges() { watch() }
}
