import NIOCore
import NIOHTTP1

/// One answer as it goes on the wire: the head, then the body piece by piece in the framing that was chosen for it.
struct Answer {
    enum Content {
        case bytes(ByteBuffer)
        case pattern(Int)
        /// So many server-sent events, each a piece.
        case events(Int)
    }

    enum Framing: Equatable {
        /// No body may follow.
        case none
        case sized(Int)
        case chunked
        /// The connection's end is the body's.
        case untilClose
    }

    enum Step {
        case piece(ByteBuffer)
        case end
        /// The place is reached at which the script breaks the answer off.
        case cut
    }

    /// The interim heads and the final one.
    let head: ByteBuffer
    let status: Int
    /// Whether the connection may be kept.
    let isPersistent: Bool
    private let framing: Framing
    private let content: Content
    private let pieceLimit: Int
    private let cutAt: Int?
    private var offset = 0
    private var isTerminated = false

    /// - Parameters:
    ///   - content: what the body is, the script's or an own one.
    ///   - type: of the content; nil for none.
    ///   - request: whose answer this is.
    init(_ behaviour: Behaviour, content: Content, type: String?, to request: HTTPRequestHead) {
        let cutAt = behaviour.cutAt
        let content = cutAt.map { Answer.reaching(beyond: $0, content) } ?? content
        self.status = behaviour.status
        self.content = content
        self.pieceLimit = min(behaviour.trickle?.count ?? Pattern.reach, Pattern.reach)
        self.cutAt = cutAt
        let framing = Answer.framing(behaviour, content, request)
        self.framing = framing
        self.isPersistent = request.isKeepAlive && framing != .untilClose && !behaviour.early
        self.head = Answer.head(behaviour, framing: framing, type: type, request, isPersistent: isPersistent)
        self.isTerminated = framing == .none || request.method == .HEAD
    }

    /// The content, or a longer one where it would end before the place at which the answer is to break off.
    private static func reaching(beyond cut: Int, _ content: Content) -> Content {
        switch content {
        case .bytes(let bytes) where bytes.readableBytes <= cut: .pattern(cut + 1024)
        case .pattern(let count) where count <= cut: .pattern(cut + 1024)
        default: content
        }
    }

    private static func framing(_ behaviour: Behaviour, _ content: Content, _ request: HTTPRequestHead) -> Framing {
        if behaviour.status == 204 || behaviour.status == 304 { return .none }
        let unsized: Framing = request.version != .http1_1 ? .untilClose : .chunked
        if behaviour.chunked { return unsized }
        switch content {
        case .events: return unsized
        case .bytes(let bytes): return .sized(bytes.readableBytes)
        case .pattern(let count): return .sized(count)
        }
    }

    private static func head(
        _ behaviour: Behaviour, framing: Framing, type: String?, _ request: HTTPRequestHead, isPersistent: Bool
    ) -> ByteBuffer {
        var head = ByteBuffer()
        for status in behaviour.interim { head.writeString("\(statusLine(status))\r\n") }
        head.writeString(statusLine(behaviour.status))
        if let type, framing != .none { head.writeString("Content-Type: \(type)\r\n") }
        switch framing {
        case .sized(let count): head.writeString("Content-Length: \(count)\r\n")
        case .chunked: head.writeString("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        for field in behaviour.fields { head.writeString("\(field.name): \(field.value)\r\n") }
        if !isPersistent { head.writeString("Connection: close\r\n") }
        head.writeString("\r\n")
        return head
    }

    private static func statusLine(_ status: Int) -> String {
        "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n"
    }

    // MARK: The body

    /// What goes out next; asked again until it is `end` or `cut`.
    mutating func next() -> Step {
        if isTerminated { return .end }
        if let cutAt, offset >= cutAt { return .cut }
        let bytes = raw()
        guard bytes.readableBytes > 0 else {
            isTerminated = true
            return framing == .chunked ? .piece(ByteBuffer(string: "0\r\n\r\n")) : .end
        }
        guard framing == .chunked else { return .piece(bytes) }
        var chunk = ByteBuffer()
        chunk.writeString(String(bytes.readableBytes, radix: 16))
        chunk.writeString("\r\n")
        chunk.writeImmutableBuffer(bytes)
        chunk.writeString("\r\n")
        return .piece(chunk)
    }

    /// The content from `offset` on, as much as goes into one piece; empty at its end.
    private mutating func raw() -> ByteBuffer {
        let limit = min(pieceLimit, (cutAt ?? .max) - offset)
        switch content {
        case .bytes(let all):
            let count = min(limit, all.readableBytes - offset)
            defer { offset += count }
            return all.getSlice(at: all.readerIndex + offset, length: count) ?? ByteBuffer()
        case .pattern(let all):
            let count = min(limit, all - offset)
            defer { offset += count }
            return Pattern.slice(at: offset, count: count)
        case .events(let all):
            guard offset < all else { return ByteBuffer() }
            offset += 1
            return ByteBuffer(string: "id: \(offset)\ndata: {\"event\":\(offset),\"of\":\(all)}\n\n")
        }
    }
}
