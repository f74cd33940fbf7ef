import NIOCore
import NIOHTTP1

/// A behaviour made ready for use: where its answer is always the same, the bytes are written only once.
final class Script: Sendable {
    let behaviour: Behaviour
    /// The JSON document that goes out where the behaviour says nothing about the body.
    private let document: ByteBuffer
    /// The whole answer to a request of HTTP/1.1 other than HEAD on a connection that is kept.
    let wire: ByteBuffer?

    init(_ behaviour: Behaviour, document: String) {
        self.behaviour = behaviour
        self.document = ByteBuffer(string: document)
        guard behaviour.isPlain else {
            wire = nil
            return
        }
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        var answer = Script.answer(behaviour, ByteBuffer(string: document), echo: nil, to: request)
        var wire = answer.head
        while case .piece(let piece) = answer.next() { wire.writeImmutableBuffer(piece) }
        self.wire = wire
    }

    /// - Parameter echo: the document that tells the request, where the behaviour wants it.
    func answer(to request: HTTPRequestHead, echo: String?) -> Answer {
        Script.answer(behaviour, document, echo: echo, to: request)
    }

    private static func answer(_ behaviour: Behaviour, _ document: ByteBuffer, echo: String?, to request: HTTPRequestHead) -> Answer {
        let json = "application/json"
        switch behaviour.body {
        case .document: return Answer(behaviour, content: .bytes(document), type: json, to: request)
        case .echo: return Answer(behaviour, content: .bytes(ByteBuffer(string: echo ?? "{}")), type: json, to: request)
        case .pattern(let count): return Answer(behaviour, content: .pattern(count), type: "application/octet-stream", to: request)
        case .events(let pace): return Answer(behaviour, content: .events(pace.count), type: "text/event-stream", to: request)
        }
    }
}
