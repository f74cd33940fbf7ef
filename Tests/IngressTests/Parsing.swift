import Exchange
import NIOCore

@testable import Ingress

/// What a parser made of some bytes.
struct Parsed: Equatable, CustomStringConvertible {
    struct Message: Equatable {
        var method: String
        var target: String
        var minorVersion: Int
        var headers: [[String]]
        var bodyLength: BodyLength
        var persists: Bool
        var expectsContinue: Bool
        var body: [UInt8] = []
        var isComplete = false
    }

    var messages: [Message] = []
    var refusal: Refusal?

    var description: String {
        messages.map { "\($0.method) \($0.target) 1.\($0.minorVersion) \($0.headers) \($0.bodyLength) body=\($0.body.count) complete=\($0.isComplete)" }
            .joined(separator: "; ") + (refusal.map { " refused: \($0)" } ?? "")
    }

    /// Feeds the bytes to a parser in pieces of the given lengths; the last length goes on for ever.
    static func feed(_ bytes: [UInt8], pieces: [Int], limits: Limits = Limits()) -> Parsed {
        var parser = RequestParser(limits: limits)
        var input = ByteBuffer()
        var result = Parsed()
        var start = 0
        var piece = 0
        repeat {
            let length = max(1, pieces[min(piece, pieces.count - 1)])
            let end = start + min(bytes.count - start, length)
            input.writeBytes(bytes[start..<end])
            start = end
            piece += 1
            while result.take(parser.next(&input), of: &parser) {}
        } while start < bytes.count && result.refusal == nil
        return result
    }

    static func feed(_ text: String, pieces: [Int] = [.max], limits: Limits = Limits()) -> Parsed {
        feed(Array(text.utf8), pieces: pieces, limits: limits)
    }

    /// False where the parser needs more or is done.
    private mutating func take(_ step: RequestParser.Step, of parser: inout RequestParser) -> Bool {
        switch step {
        case .head(let head):
            messages.append(
                Message(
                    method: head.request.method, target: head.request.target, minorVersion: head.request.minorVersion,
                    headers: head.request.headers.pairs, bodyLength: head.request.bodyLength, persists: head.persists,
                    expectsContinue: head.expectsContinue))
        case .body(let bytes): messages[messages.count - 1].body += bytes.readableBytesView
        case .end:
            messages[messages.count - 1].isComplete = true
            parser.startNext()
        case .needsMore: return false
        case .refused(let refusal):
            self.refusal = refusal
            return false
        }
        return true
    }
}

extension Limits {
    /// Small bounds that tests can reach.
    static func small(headerBytes: Int = 512, headerCount: Int = 8, body: Int = 1000) -> Limits {
        var limits = Limits()
        limits.headerBytes = headerBytes
        limits.headerCount = headerCount
        limits.body = body
        return limits
    }
}
