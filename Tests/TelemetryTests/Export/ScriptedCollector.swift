import CZlib
import NIOCore
import NIOPosix
import Synchronization

/// A collector on loopback that does with each request what its script says; the last word holds for all that follow.
final class ScriptedCollector: Sendable {
    enum Reply: Sendable {
        case answer(Int, headers: [String] = [], body: String = "")
        /// Reads and never answers.
        case hang
        /// Closes when the request has come.
        case close
        /// Answers 200 with so many bytes of body, of which it promises more.
        case huge(bytes: Int)
        /// Writes this and closes.
        case raw(String)
    }

    let port: Int
    let requests = Journal<CollectedRequest>()
    let connections = Journal<Void>()
    private let script: Mutex<[Reply]>
    private let channel: any Channel

    /// - Parameter port: 0 takes a free one.
    init(_ script: [Reply], port: Int = 0) async throws {
        self.script = Mutex(script)
        let script = WeakScript()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let collector = script.collector else { return }
                    collector.connections.note(())
                    try channel.pipeline.syncOperations.addHandler(CollectorHandler(collector))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
        script.set(self)
    }

    var endpoint: String { "http://127.0.0.1:\(port)/v1/traces" }

    /// Nobody listens on its port after this.
    func stop() async throws { try await channel.close() }

    fileprivate func nextReply() -> Reply {
        script.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .hang }
    }
}

/// The collector as its connections know it, which are made after it.
private final class WeakScript: Sendable {
    private struct Reference: Sendable { weak var collector: ScriptedCollector? }
    private let reference = Mutex(Reference())
    var collector: ScriptedCollector? { reference.withLock { $0.collector } }
    func set(_ collector: ScriptedCollector) { reference.withLock { $0.collector = collector } }
}

struct CollectedRequest: Sendable {
    var requestLine: String
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]
    var at: ContinuousClock.Instant

    /// The spans, decompressed and parsed.
    func batch() throws -> ExportedBatch {
        try ExportedBatch(headers["content-encoding"] == "gzip" ? gunzip(body) : body)
    }
}

struct GunzipError: Error {
    var code: Int32
}

/// The text of one gzip stream of at most 64 MiB.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    guard pantograph_gunzip_init(&stream) == Z_OK else { throw GunzipError(code: Z_MEM_ERROR) }
    defer { inflateEnd(&stream) }
    var (input, text) = (bytes, [UInt8]())
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var code = Z_OK
    input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        while code == Z_OK, text.count < 64 << 20 {
            let written = chunk.withUnsafeMutableBufferPointer { chunk in
                stream.next_out = chunk.baseAddress
                stream.avail_out = UInt32(chunk.count)
                code = inflate(&stream, Z_NO_FLUSH)
                return chunk.count - Int(stream.avail_out)
            }
            text += chunk[..<written]
        }
    }
    guard code == Z_STREAM_END, stream.avail_in == 0 else { throw GunzipError(code: code) }
    return text
}

/// HTTP/1.1 as far as an exporter speaks it: requests with `Content-Length`, one after another.
private final class CollectorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let collector: ScriptedCollector
    private var received = ByteBuffer()
    private var head: (line: String, headers: [String: String])?

    init(_ collector: ScriptedCollector) { self.collector = collector }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        while let request = nextRequest() {
            collector.requests.note(request)
            reply(collector.nextReply(), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func nextRequest() -> CollectedRequest? {
        if head == nil { head = readHead() }
        guard let (line, headers) = head, let length = Int(headers["content-length"] ?? "0"),
            let body = received.readBytes(length: length)
        else { return nil }
        head = nil
        return CollectedRequest(requestLine: line, headers: headers, body: body, at: .now)
    }

    private func readHead() -> (line: String, headers: [String: String])? {
        let view = received.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)),
            let text = received.readString(length: end.upperBound - view.startIndex)
        else { return nil }
        let lines = text.split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return (String(lines.first ?? ""), headers)
    }

    private func reply(_ reply: ScriptedCollector.Reply, _ context: ChannelHandlerContext) {
        switch reply {
        case .hang: break
        case .close: context.close(promise: nil)
        case .answer(let status, let headers, let body):
            let lines = (["HTTP/1.1 \(status) Scripted", "Content-Length: \(body.utf8.count)"] + headers).joined(separator: "\r\n")
            write(lines + "\r\n\r\n" + body, context)
        case .huge(let bytes):
            write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", context)
            for _ in 0..<bytes / 65_536 { write(String(repeating: "x", count: 65_536), context) }
        case .raw(let text):
            write(text, context)
            context.close(promise: nil)
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
