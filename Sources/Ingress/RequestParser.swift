internal import Exchange
internal import NIOCore

/// Bytes to one request after another (RFC 9112), strictly: whatever could be read two ways is refused.
///
/// A machine without I/O. Give it what has come, take a step, and act on it; after `needsMore` give it the same bytes and
/// more. After `end` it waits for `startNext`; after `refused` it is of no more use.
struct RequestParser: ~Copyable {
    enum Step {
        case head(ParsedHead)
        /// A part of the body, never empty.
        case body(ByteBuffer)
        /// The message is complete.
        case end
        case needsMore
        case refused(Refusal)

        /// Body bytes that were gathered go out before anything but a refusal is said: the same step comes again.
        func after(_ gathered: ByteBuffer) -> Step {
            if case .refused = self { return self }
            return gathered.readableBytes > 0 ? .body(gathered) : self
        }
    }

    private enum State {
        case start
        case fields
        case sized(left: Int)
        case chunked
        case end
        case refused(Refusal)
    }

    /// Whose requests these are: an address, nil on a Unix-domain socket.
    var client: String?
    private let limits: Limits
    private var state = State.start
    private var scanner = LineScanner()
    private var skippedEmptyLine = false
    /// While its fields come.
    private var head: HeadBuilder?
    /// From then on.
    private var request: RequestHead?
    private var fields: FieldSection
    private var chunks: ChunkedBody

    init(limits: Limits) {
        self.limits = limits
        fields = FieldSection(bytes: 0, fields: 0)
        chunks = ChunkedBody(limits: limits)
    }

    /// What could be read of the head so far.
    var partialHead: RequestHead? { request ?? head?.request(of: client) }

    /// Whether nothing of a request has been read, or an empty line at most.
    var isBetweenRequests: Bool {
        if case .start = state { true } else { false }
    }

    /// Bytes of the body that are still to come; nil where only its end will tell.
    var bodyBytesLeft: Int? {
        switch state {
        case .sized(let left): left
        case .chunked: nil
        default: 0
        }
    }

    mutating func startNext() {
        state = .start
        scanner = LineScanner()
        skippedEmptyLine = false
        head = nil
        request = nil
    }

    mutating func next(_ input: inout ByteBuffer) -> Step {
        let step = advance(&input)
        if case .refused(let refusal) = step { state = .refused(refusal) }
        return step
    }

    private mutating func advance(_ input: inout ByteBuffer) -> Step {
        while true {
            switch state {
            case .start:
                if let stop = readRequestLine(&input) { return stop }
            case .fields:
                if let stop = readField(&input) { return stop }
            case .sized(let left):
                return readSized(&input, left: left)
            case .chunked:
                let step = chunks.next(in: &input)
                if case .end = step { state = .end }
                return step
            case .end: return .end
            case .refused(let refusal): return .refused(refusal)
            }
        }
    }

    // MARK: The head

    private mutating func readRequestLine(_ input: inout ByteBuffer) -> Step? {
        guard let first = input.getInteger(at: input.readerIndex, as: UInt8.self) else { return .needsMore }
        if let refusal = RequestLine.refusal(ofFirstByte: first) { return .refused(refusal) }
        switch scanner.next(in: input, limit: limits.headerBytes) {
        case .needsMore: return .needsMore
        case .bareLineFeed: return .refused(.bareLineFeed)
        case .tooLong: return .refused(.targetTooLong)
        case .line(let length):
            let step = length == 0 ? skipEmptyLine() : beginHead(input, length: length)
            input.moveReaderIndex(forwardBy: length + 2)
            return step
        }
    }

    /// RFC 9112, 2.2: one empty line before a request is ignored, for old clients that end a body with it.
    private mutating func skipEmptyLine() -> Step? {
        guard !skippedEmptyLine else { return .refused(.emptyLines) }
        skippedEmptyLine = true
        return nil
    }

    private mutating func beginHead(_ input: ByteBuffer, length: Int) -> Step? {
        input.withUnsafeReadableBytes { bytes in
            do throws(Refusal) {
                let line = try RequestLine.parse(Bytes.slice(bytes, 0..<length))
                head = HeadBuilder(line, expectedBytes: min(bytes.count - length, limits.headerBytes))
                fields = FieldSection(bytes: limits.headerBytes - length - 2, fields: limits.headerCount)
                state = .fields
                return nil
            } catch {
                return .refused(error)
            }
        }
    }

    private mutating func readField(_ input: inout ByteBuffer) -> Step? {
        switch fields.next(in: &input) {
        case .line(let length):
            let refusal = input.withUnsafeReadableBytes { head?.take(line: Bytes.slice($0, 0..<length)) }
            input.moveReaderIndex(forwardBy: length + 2)
            return refusal.map { .refused($0) }
        case .needsMore: return .needsMore
        case .refused(let refusal): return .refused(refusal)
        case .end: return endHead()
        }
    }

    private mutating func endHead() -> Step? {
        do throws(Refusal) {
            guard let parsed = try head?.finish(of: client) else { return nil }
            request = parsed.request
            head = nil
            switch parsed.request.bodyLength {
            case .none: state = .end
            case .sized(let length):
                guard length <= limits.body else { return .refused(.bodyTooLarge) }
                state = .sized(left: length)
            case .unknown:
                chunks = ChunkedBody(limits: limits)
                state = .chunked
            }
            return .head(parsed)
        } catch {
            return .refused(error)
        }
    }

    // MARK: A body of known length

    private mutating func readSized(_ input: inout ByteBuffer, left: Int) -> Step {
        let count = min(left, input.readableBytes)
        guard count > 0, let piece = input.readSlice(length: count) else { return .needsMore }
        state = left == count ? .end : .sized(left: left - count)
        return .body(piece)
    }
}
