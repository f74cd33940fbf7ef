internal import NIOCore
internal import NIOHTTP1

/// One request of the admin listener, whole.
struct AdminRequest: Sendable {
    /// Bytes of a body; beyond, it is refused with 413.
    static let longestBody = 64 * 1024

    var head: HTTPRequestHead
    var body: ByteBuffer
    /// Where it came in.
    var local: SocketAddress?

    var path: Substring { head.uri.prefix { $0 != "?" } }

    /// Whether it asks for something to be changed.
    var isChange: Bool { head.method != .GET && head.method != .HEAD }
}
