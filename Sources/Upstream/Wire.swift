internal import Exchange
internal import Glibc

/// One open connection without TLS, which carries one call at a time: its socket, what the socket has not taken yet, and what
/// has come and not been looked at yet. What the bytes mean is the call's to know.
final class Wire {
    /// Bytes that one read takes at most.
    static let readAtOnce = 64 * 1024

    let peerAddress: String?
    let peerPort: Int
    /// Whether it has carried a call before the one it carries now.
    private(set) var isUsed = false
    var idleSince = MonotonicTime.never

    private let connection: Readiness.Connection
    private unowned(unsafe) let wires: Wires
    private var call: Call?
    /// What the socket has not taken; bounded by one filling of the driver's send buffer.
    private var unsent: [UInt8] = []
    private var sentOfUnsent = 0
    /// What has come and the call has not taken: the beginning of a line, or all that one read took while the call is held.
    private var rest: [UInt8] = []
    private var reads = true
    private var writes = false
    /// Nothing can be sent any more: what the upstream said before may still be read.
    private(set) var isBroken = false
    private var isClosed = false

    init(_ connection: Readiness.Connection, _ wires: Wires, peerAddress: String?, peerPort: Int) {
        self.connection = connection
        self.wires = wires
        self.peerAddress = peerAddress
        self.peerPort = peerPort
    }

    private var driver: Driver { wires.origin.driver }

    // MARK: Calls

    func carry(_ call: Call) { self.call = call }

    /// The call is over.
    ///
    /// - Parameter isSound: whether request and answer are complete and the upstream lets the connection go on.
    func letGo(isSound: Bool) {
        call = nil
        isUsed = true
        guard isSound, !isBroken, unsent.isEmpty, rest.isEmpty else { return close() }
        wires.free(self)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        call = nil
        driver.readiness.closing(connection.descriptor)
        Glibc.close(connection.descriptor)
        wires.closed(self)
    }

    // MARK: Sending

    /// Whether the socket has taken everything so far, so that there may be more.
    var takesMore: Bool { unsent.isEmpty && !isBroken }

    /// Sends what is in the driver's buffer, as much as the socket takes at once; the rest waits for it here.
    func send() {
        guard !isBroken else { return }
        let bytes = driver.output.bytes
        let sent = push(bytes)
        guard sent < bytes.count, !isBroken else { return }
        unsent = Array(bytes[sent...])
        sentOfUnsent = 0
        watch(reads: reads, writes: true)
    }

    private func push(_ bytes: UnsafeRawBufferPointer) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.send(connection.descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                isBroken = true
                break
            }
        }
        return sent
    }

    private func sendOn() {
        let sent = unsent.withUnsafeBytes { push(UnsafeRawBufferPointer(rebasing: $0[sentOfUnsent...])) }
        sentOfUnsent += sent
        guard sentOfUnsent == unsent.count || isBroken else { return }
        unsent = []
        watch(reads: reads, writes: false)
        if !isBroken { call?.sendBody() }
    }

    // MARK: Receiving

    /// What epoll has told of the socket.
    func isReady(_ events: UInt32) {
        guard !isClosed else { return }
        if writes, events & (Readiness.writing | Readiness.broken) != 0 { sendOn() }
        if reads || isBroken { receive() }
    }

    /// After a send that failed: there may be an answer that was there before.
    func receive() {
        guard !isClosed else { return }
        let count = recv(connection.descriptor, driver.input.baseAddress, driver.input.count, 0)
        if count > 0 {
            take(UnsafeRawBufferPointer(rebasing: driver.input[..<count]))
        } else if count == 0 {
            ended(error: 0)
        } else if errno != EAGAIN, errno != EINTR {
            ended(error: errno)
        } else if isBroken {
            ended(error: EPIPE)
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        // Bytes that answer nothing would be taken for the next call's answer.
        guard let call else { return close() }
        guard rest.isEmpty else {
            rest.append(contentsOf: bytes)
            return takeRest(call)
        }
        let taken = call.received(bytes)
        rest.append(contentsOf: bytes[taken.count...])
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
        case .isHeld: watch(reads: false, writes: writes)
        case .isComplete: call.over(nil)
        case .failed(let failure): call.over(failure)
        }
    }

    private func ended(error: Int32) {
        guard let call else { return close() }
        isBroken = true
        call.over(call.ended(error: error))
    }

    /// The call takes more again.
    func readOn() {
        guard !isClosed, !reads else { return }
        watch(reads: true, writes: writes)
        if let call, !rest.isEmpty { takeRest(call) }
    }

    private func watch(reads: Bool, writes: Bool) {
        guard reads != self.reads || writes != self.writes else { return }
        self.reads = reads
        self.writes = writes
        driver.readiness.watch(connection.descriptor, reads: reads, writes: writes)
    }
}
