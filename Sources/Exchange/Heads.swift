/// How long a message's body is, as its framing says before it comes.
///
/// Of an answer that may have no body, because it answers a HEAD or is a 304, it is what the answer says of the
/// representation: `sized` where it has a `Content-Length`, which is passed on, and no byte of body follows.
package enum BodyLength: Sendable, Hashable {
    case none
    case sized(Int)
    /// Framed by chunks or by streams: known only at its end.
    case unknown
}

/// An application's request as the sidecar received it, its framing already understood. An object, since it goes through many
/// hands and each would count itself in at every text of it.
package final class RequestHead: Sendable {
    package let method: String
    /// The request target in origin form (`/path?query`) or `*`, byte for byte as it came.
    package let target: String
    /// All fields as received, hop-by-hop ones included.
    package let headers: Headers
    package let bodyLength: BodyLength
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    package let minorVersion: Int
    /// The address of the application's end, nil on a Unix-domain socket.
    package let clientAddress: String?

    package init(
        method: String, target: String, headers: Headers, bodyLength: BodyLength, minorVersion: Int = 1, clientAddress: String? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.bodyLength = bodyLength
        self.minorVersion = minorVersion
        self.clientAddress = clientAddress
    }

    /// The target up to the first `?`. Bytes are compared, not characters: a combining mark after the `?` would hide it.
    package var path: Substring { target[..<(queryMark ?? target.endIndex)] }

    /// What follows the first `?`; nil without one.
    package var query: Substring? {
        queryMark.map { target[target.utf8.index(after: $0)...] }
    }

    private var queryMark: String.Index? {
        var text = target
        let place = text.withUTF8 { $0.firstIndex(of: UInt8(ascii: "?")) }
        return place.map { target.utf8.index(target.utf8.startIndex, offsetBy: $0) }
    }
}

/// The head of an answer: an upstream's, or one made here.
package struct AnswerHead: Sendable {
    package var status: Int
    /// Hop-by-hop fields are gone by the time Ingress writes it.
    package var headers: Headers
    package var bodyLength: BodyLength

    package init(status: Int, headers: Headers, bodyLength: BodyLength) {
        self.status = status
        self.headers = headers
        self.bodyLength = bodyLength
    }

    /// Whether this is an interim answer (100–199), which another head follows.
    package var isInterim: Bool { status < 200 }
}
