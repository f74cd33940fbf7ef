internal import Exchange
internal import NIOCore

/// One answer to bytes (RFC 9112, 6 and 7): its head, and its body in the framing that method, status, length and the
/// application's version allow. A machine without I/O.
struct AnswerWriter {
    /// How the body ends on the wire.
    enum Framing: Equatable {
        /// The answer may not have a body, or has none.
        case none
        case sized(left: Int)
        case chunked
        /// By the end of the connection, for HTTP/1.0.
        case untilClose
    }

    enum HeadResult: Equatable {
        /// Nothing was written: it is not for this application, or a final head went before.
        case dropped
        case interim
        case final
    }

    enum BodyResult: Equatable {
        /// The answer has no body, or it is complete already.
        case dropped
        /// So many bytes of the part belong on the wire, between `prefix` and `suffix` of the framing.
        case write(count: Int)
        /// So many bytes, and with them the body is complete.
        case complete(count: Int)
    }

    private enum State: Equatable {
        case beforeHead
        case body(Framing)
        case ended
    }

    private let isHead: Bool
    private let minorVersion: Int
    private var state = State.beforeHead
    /// Whether the connection can't go on after this answer.
    private(set) var closes = false
    /// Whether more body came than the head had announced.
    private(set) var overflowed = false

    /// - Parameters:
    ///   - isHead: whether the request's method is HEAD.
    ///   - minorVersion: the application's.
    init(isHead: Bool, minorVersion: Int) {
        self.isHead = isHead
        self.minorVersion = minorVersion
    }

    var hasHead: Bool { state != .beforeHead }
    var isChunked: Bool { state == .body(.chunked) }
    /// Whether only the connection's end can tell a whole body from a cut one.
    var endsByClose: Bool { state == .body(.untilClose) }

    // MARK: The head

    /// - Parameter persists: whether the connection may go on after this answer.
    mutating func write(head: AnswerHead, persists: Bool, to output: inout ByteBuffer, now: @autoclosure () -> WallTime) -> HeadResult {
        guard state == .beforeHead else { return .dropped }
        guard !head.isInterim else { return writeInterim(head, to: &output) }
        let framing = framing(of: head)
        closes = !persists || framing == .untilClose
        output.writeHead(room: HeadWriter.room(for: head.headers)) { write(head, framing, to: &$0, now: now) }
        state = .body(framing)
        return .final
    }

    private func write(_ head: AnswerHead, _ framing: Framing, to bytes: inout HeadBytes, now: () -> WallTime) {
        HeadWriter.writeStatusLine(head.status, to: &bytes)
        let seen = HeadWriter.writeFields(head.headers, length: lengthField(of: head, framing), to: &bytes)
        writeFraming(framing, head, hasLength: seen.length, to: &bytes)
        if !seen.date { HeadWriter.writeDate(now(), to: &bytes) }
        if closes {
            bytes.put("connection: close\r\n")
        } else if minorVersion == 0 {
            bytes.put("connection: keep-alive\r\n")
        }
        bytes.put("\r\n")
    }

    private func writeInterim(_ head: AnswerHead, to output: inout ByteBuffer) -> HeadResult {
        guard minorVersion > 0, head.status > 101 else { return .dropped }
        output.writeHead(room: HeadWriter.room(for: head.headers)) { bytes in
            HeadWriter.writeStatusLine(head.status, to: &bytes)
            _ = HeadWriter.writeFields(head.headers, length: .never, to: &bytes)
            bytes.put("\r\n")
        }
        return .interim
    }

    private func framing(of head: AnswerHead) -> Framing {
        if isHead || head.status == 204 || head.status == 304 { return .none }
        switch head.bodyLength {
        case .none: return .none
        case .sized(let length): return .sized(left: max(0, length))
        case .unknown: return minorVersion > 0 ? .chunked : .untilClose
        }
    }

    /// Which Content-Length of the answer's own may stand. Answers to HEAD and 304 say the length that another answer
    /// would have; 204 says none (RFC 9110, 8.6).
    private func lengthField(of head: AnswerHead, _ framing: Framing) -> HeadWriter.LengthField {
        if head.status == 204 { return .never }
        switch framing {
        case .none: return isHead || head.status == 304 ? .any : .only(0)
        case .sized(let length): return .only(length)
        case .chunked, .untilClose: return .never
        }
    }

    private func writeFraming(_ framing: Framing, _ head: AnswerHead, hasLength: Bool, to bytes: inout HeadBytes) {
        switch framing {
        case .chunked: bytes.put("transfer-encoding: chunked\r\n")
        case .untilClose: break
        case .sized(let length): if !hasLength { HeadWriter.writeLength(length, to: &bytes) }
        case .none:
            guard !hasLength, head.status != 204, head.status != 304 else { return }
            switch (isHead, head.bodyLength) {
            case (false, _): HeadWriter.writeLength(0, to: &bytes)
            case (true, .sized(let length)): HeadWriter.writeLength(max(0, length), to: &bytes)
            case (true, _): break
            }
        }
    }

    // MARK: The body

    /// Accounts for a part of the body; the caller writes what is said, with `chunkPrefix` and `chunkSuffix` around it
    /// where the framing is chunked.
    mutating func take(body count: Int) -> BodyResult {
        guard case .body(let framing) = state, count > 0 else { return .dropped }
        switch framing {
        case .none: return .dropped
        case .chunked, .untilClose: return .write(count: count)
        case .sized(let left):
            if count > left {
                overflowed = true
                closes = true
            }
            let taken = min(count, left)
            state = .body(.sized(left: left - taken))
            return taken == left ? .complete(count: taken) : .write(count: taken)
        }
    }

    static func writeChunkPrefix(_ count: Int, to output: inout ByteBuffer) {
        var shift = (Int.bitWidth - max(count, 1).leadingZeroBitCount - 1) / 4 * 4
        while shift >= 0 {
            let digit = UInt8(count >> shift & 0xF)
            output.writeInteger(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
        output.writeStaticString("\r\n")
    }

    /// Ends the body; false where less of it came than was announced, or no head at all, so that it must be cut.
    mutating func end(to output: inout ByteBuffer) -> Bool {
        guard case .body(let framing) = state else { return false }
        state = .ended
        switch framing {
        case .none, .untilClose: return true
        case .sized(let left): return left == 0
        case .chunked:
            output.writeStaticString("0\r\n\r\n")
            return true
        }
    }
}
