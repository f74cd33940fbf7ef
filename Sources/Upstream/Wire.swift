internal import Exchange

/// One open connection, which carries one call at a time. What the bytes mean is the call's to know; how they come and go is told by
/// `LoopWire`, without TLS, and by `SecureWire`.
class Wire {
    final let peerAddress: String?
    final let peerPort: Int
    final let descriptor: Int32
    /// Whether it has carried a call before the one it carries now.
    final private(set) var isUsed = false
    final var idleSince = MonotonicTime.never
    /// The number of the check that has found nothing on it.
    final var quietIn = UInt64.max
    final let wires: Wires
    /// Its origin's for as long as it is carried, so that it need not be counted here.
    final private(set) unowned(unsafe) var call: Call?
    /// What has come and the call has not taken: the beginning of a line, or what was read while the call is held. That is one
    /// reading, and where the upstream has closed the connection meanwhile, what the socket still held.
    private var rest: [UInt8] = []
    /// Whether it is read from.
    final private(set) var reads = true
    /// What the socket has not taken is still being sent; bounded by one filling of the send buffer.
    final var isSending = false
    /// Nothing can be sent any more: what the upstream said before may still be read.
    final var isBroken = false
    /// What broke the connection; nil where the upstream closed it.
    final var breakage: String?
    /// Nothing more comes; what had come before is still looked at.
    private var hasEnded = false
    final private(set) var isClosed = false

    init(_ connection: OpenConnection, _ wires: Wires) {
        descriptor = connection.descriptor
        peerAddress = connection.peerAddress
        peerPort = connection.peerPort
        self.wires = wires
    }

    // MARK: What each does in its own way

    /// Sends what is in the ground's buffer.
    func send() {}
    /// `reads` has changed.
    func readingChanges() {}
    /// Whether nothing has come that would spoil the next call: the end of the connection, or bytes that answer nothing.
    func isQuiet() -> Bool { false }
    /// Closes the connection, and has it counted no longer.
    func disconnect() {}

    // MARK: Calls

    final func carry(_ call: Call) { self.call = call }

    /// The call is over.
    ///
    /// - Parameter isSound: whether request and answer are complete and the upstream lets the connection go on.
    /// - Returns: whether it can carry another.
    final func letGo(isSound: Bool) -> Bool {
        call = nil
        isUsed = true
        return isSound && !isBroken && !isSending && rest.isEmpty && !isClosed
    }

    final func close() {
        guard !isClosed else { return }
        isClosed = true
        call = nil
        disconnect()
        wires.closed(self)
    }

    /// Whether the socket has taken everything so far, so that there may be more.
    final var takesMore: Bool { !isSending && !isBroken && !isClosed }

    // MARK: Receiving

    /// Bytes have come.
    final func take(_ bytes: UnsafeRawBufferPointer) {
        // Bytes that answer nothing would be taken for the next call's answer.
        guard let call else { return close() }
        guard rest.isEmpty, reads else {
            rest.append(contentsOf: bytes)
            return reads ? takeRest(call) : ()
        }
        let taken = call.received(bytes)
        if taken.count < bytes.count { rest.append(contentsOf: bytes[taken.count...]) }
        act(on: taken, call)
    }

    private func takeRest(_ call: Call) {
        let taken = rest.withUnsafeBytes { call.received($0) }
        // Memory for a whole reading is not kept for the next call.
        rest = taken.count == rest.count ? [] : Array(rest[taken.count...])
        act(on: taken, call)
    }

    private func act(on taken: Call.Taken, _ call: Call) {
        switch taken.state {
        case .goesOn: break
        case .isHeld:
            reads = false
            readingChanges()
        case .isComplete: call.over(nil)
        case .failed(let failure): call.over(failure)
        }
    }

    /// The call takes more again.
    final func readOn() {
        guard !reads else { return }
        reads = true
        readingChanges()
        if let call, !rest.isEmpty { takeRest(call) }
        if hasEnded, reads { end() }
    }

    // MARK: The end

    /// Nothing more comes.
    final func ended() {
        guard !isClosed else { return }
        hasEnded = true
        isBroken = true
        // What a call that is held has not taken yet comes first.
        if reads { wires.ground.happens { end() } }
    }

    private func end() {
        guard !isClosed else { return }
        guard let call else { return close() }
        call.over(call.ended(by: breakage))
    }
}
