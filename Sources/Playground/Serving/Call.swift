import NIOCore
import NIOHTTP1

/// One request on its way in.
struct Call {
    let head: HTTPRequestHead
    /// nil for a control request.
    let script: Script?
    /// nil for a control request.
    let ticket: Ledger.Ticket?
    /// nil where nobody asks for the digest.
    private var hash: SHA256?
    private let collects: Int?
    private(set) var body = ByteBuffer()
    private(set) var bytes = 0
    var isComplete = false

    init(_ head: HTTPRequestHead, _ script: Script?, _ ticket: Ledger.Ticket?, hashes: Bool, collects: Int?) {
        self.head = head
        self.script = script
        self.ticket = ticket
        self.hash = hashes ? SHA256() : nil
        self.collects = collects
    }

    mutating func take(_ part: ByteBuffer) {
        bytes += part.readableBytes
        part.withUnsafeReadableBytes { hash?.update($0) }
        guard let collects, bytes <= collects else { return }
        body.writeImmutableBuffer(part)
    }

    /// The body was longer than what is collected.
    var isTooLarge: Bool { collects.map { bytes > $0 } ?? false }

    var digest: String { hash?.hexadecimal() ?? "" }

    /// Whether the answer may be the one that was written beforehand.
    var takesReadyAnswer: Bool { head.version == .http1_1 && head.method != .HEAD && head.isKeepAlive }

    /// The request as it was received, as JSON.
    func echo(by name: String) -> String {
        struct Echo: Encodable {
            var name: String
            var method: String
            var target: String
            var headers: [[String]]
            var body_bytes: Int
            var body_sha256: String
        }
        return Document.text(
            Echo(
                name: name, method: head.method.rawValue, target: head.uri, headers: head.headers.map { [$0.name, $0.value] },
                body_bytes: bytes, body_sha256: digest))
    }
}
