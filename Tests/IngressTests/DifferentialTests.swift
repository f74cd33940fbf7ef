import Exchange
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Ingress

/// NIOHTTP1's strict decoder as an oracle. Where it accepts, the parser accepts with the same meaning or refuses on
/// purpose; where the parser accepts, it accepts with the same meaning, but for the few things it is known not to take.
@Suite struct DifferentialTests {
    @Test func theParserNeverReadsARequestOtherwiseThanNIOHTTP1() async {
        let seed: UInt64 = 0xD1FF
        var random = SeededGenerator(seed: seed)
        print("differential: seed \(seed)")
        var counts = (both: 0, refused: 0, stricter: 0)
        for round in 0..<30_000 {
            // Other tests of this process wait for their sockets on the same threads.
            if round % 100 == 0 { await Task.yield() }
            let text = GeneratedRequest.text(using: &random)
            let ours = Parsed.feed(text, pieces: [1 + random.below(60), .max])
            let theirs = Oracle.read(Array(text.utf8))
            let context = Comment(rawValue: "seed \(seed), round \(round): \(text.debugDescription)\nours: \(ours)\ntheirs: \(theirs)")
            switch (ours.refusal, theirs.isRefused) {
            case (nil, false):
                counts.both += 1
                #expect(ours.messages.map(Oracle.Message.init) == theirs.messages, context)
            case (nil, true):
                #expect(isKnownToBeTakenByUsAlone(text), context)
            case (_, true): counts.refused += 1
            case (.some(let refusal), false):
                counts.stricter += 1
                #expect(Self.onPurpose.contains(refusal), context)
            }
        }
        print("differential: \(counts)")
        #expect(counts.both > 3000)
        #expect(counts.refused > 3000)
        #expect(counts.stricter > 100)
    }

    /// Rules that NIOHTTP1 does not have, or leaves to the application.
    private static let onPurpose: Set<Refusal> = [
        .missingHost, .severalHosts, .invalidHost, .unknownExpectation, .codingInHTTP10, .unknownCoding, .chunkedNotLast,
        .chunkedRepeated, .invalidTargetForm, .starTarget, .connect, .fragmentInTarget, .invalidAuthority, .emptyLines, .bareLineFeed,
        .invalidChunkSize, .invalidChunkExtension, .severalLengths, .unsupportedVersion, .lengthAndCoding, .invalidTarget, .invalidValue,
        .malformedRequestLine, .foldedField,
    ]

    /// Methods that are tokens but not known to NIOHTTP1, and minor versions beyond 1, which RFC 9110, 2.5 has us take.
    private func isKnownToBeTakenByUsAlone(_ text: String) -> Bool {
        let line = text.drop { $0 == "\r\n" }.prefix { $0 != "\r\n" }
        return line.hasPrefix("M!#") || line.hasPrefix("get") || line.hasSuffix("HTTP/1.2")
    }
}

/// What NIOHTTP1 makes of some bytes.
struct Oracle: CustomStringConvertible {
    struct Message: Equatable {
        var method: String
        /// nil where the target came in absolute form, which the parser turns into origin form.
        var target: String?
        var minorVersion: Int
        var headers: [[String]]?
        var body: [UInt8]
        var isComplete: Bool
    }

    var messages: [Message] = []
    var isRefused = false

    var description: String { "\(messages)\(isRefused ? " refused" : "")" }

    static func read(_ bytes: [UInt8]) -> Oracle {
        var result = Oracle()
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { result.isRefused = true }
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) { result.take(part) }
        return result
    }

    private mutating func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            let isAbsolute = head.uri.lowercased().hasPrefix("http://")
            messages.append(
                Message(
                    method: head.method.rawValue, target: isAbsolute ? nil : head.uri, minorVersion: head.version.minor,
                    headers: isAbsolute ? nil : head.headers.map { [$0.name, trimmed($0.value)] }, body: [], isComplete: false))
        case .body(let bytes): messages[messages.count - 1].body += bytes.readableBytesView
        case .end: messages[messages.count - 1].isComplete = true
        }
    }

    /// NIOHTTP1 leaves the blanks behind a value, which RFC 9112, 5 has a parser take off.
    private func trimmed(_ value: String) -> String {
        String(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

extension Oracle.Message {
    init(_ ours: Parsed.Message) {
        // A target in absolute form leaves its mark: the Host field was put in its place, at the end and in this case.
        let wasAbsolute = ours.headers.last == ["Host", "absolute"]
        self.init(
            method: ours.method, target: wasAbsolute ? nil : ours.target, minorVersion: ours.minorVersion,
            headers: wasAbsolute ? nil : ours.headers, body: ours.body, isComplete: ours.isComplete)
    }
}

/// Requests that are mostly sound, with one oddity or another.
enum GeneratedRequest {
    static func text(using random: inout SeededGenerator) -> String {
        let odd = random.below(4)
        func choose(_ usual: [String], _ odder: [String], _ random: inout SeededGenerator) -> String {
            random.below(12) < odd ? random.pick(odder) : random.pick(usual)
        }
        let line = choose(["\r\n"], ["\n", "\r", "\r\n\r\n", "\r\r\n", " \r\n", "\r\n "], &random)
        var text = choose([""], ["\r\n", "\r\n\r\n", "\n", " "], &random)
        text += choose(["GET", "POST", "PUT", "OPTIONS", "DELETE"], ["get", "M!#", "G T", "", "CONNECT", "GET\t", "P\u{0}"], &random)
        text += choose([" "], ["  ", "\t", ""], &random)
        text += choose(["/", "/a?b=c", "/%20"], ["*", "http://absolute/x", "a", "/#", "/ ", "/\u{7F}", "//", "/\t", "/\u{E9}"], &random)
        text += choose([" "], ["  ", "\t", ""], &random)
        text += choose(["HTTP/1.1"], ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/1", "HTTP/1.11"], &random) + line
        text += choose(["Host: a\r\n"], ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "host:\r\n", "Host : a\r\n"], &random)
        for _ in 0..<random.below(3) { text += field(odd: odd, using: &random) }
        return text + bodied(odd: odd, using: &random)
    }

    private static func field(odd: Int, using random: inout SeededGenerator) -> String {
        let names = ["X", "Accept", "x-y", "Connection", "Cookie"]
        let values = ["", "a", "a b", " a ", "\ta\t", "keep-alive", "a,b", "\"", "~"]
        guard random.below(10) < odd else { return "\(random.pick(names)): \(random.pick(values))\r\n" }
        return random.pick([
            "X : a\r\n", ": a\r\n", "X\r\n", " a\r\n", "\ta\r\n", "X: a\n", "X: a\rb\r\n", "X: a\u{0}b\r\n", "X: \u{7F}\r\n", "X Y: a\r\n",
            "X\u{0}: a\r\n", "X: a\r\n b\r\n", "Expect: x\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "X(: a\r\n",
            "X: \u{1}\r\n", "Expect: 100-continue\r\n",
        ])
    }

    private static func bodied(odd: Int, using random: inout SeededGenerator) -> String {
        switch random.below(4) {
        case 0: return "\r\n"
        case 1: return "Content-Length: 3\r\n\r\nabc"
        case 2:
            guard random.below(6) < odd else { return "Content-Length: 3\r\n\r\nabc" }
            let length = random.pick(["+3", "3, 3", "3 3", "0x3", "-3", "", "03", "3\r\nContent-Length: 3", "99999999999999999999", "3.0"])
            return "Content-Length: \(length)\r\n\r\nabc"
        default:
            guard random.below(6) < odd else { return "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" }
            let coding = random.pick(["chunked", "chunked", "chunked", "gzip", "gzip, chunked", "chunked, chunked", "Chunked", "", "x"])
            let chunk = random.pick([
                "3", "3", "03", "3 ", " 3", "3;a", "3;a=b", "3;a=\"b\"", "3;", "3; a", "3 ;a", "0x3", "3x", "-3", "+3", "3;a=\"", "3;a\u{0}",
                "FFFFFFFFFFFFFFFFF", "3\r", "",
            ])
            let end = random.pick(["\r\n", "\r\n", "\n", "", "\r\r\n", " \r\n"])
            let trailer = random.pick(["", "", "T: a\r\n", "T : a\r\n", " a\r\n", "T\r\n", "T: a\n"])
            return "Transfer-Encoding: \(coding)\r\n\r\n\(chunk)\(random.once(in: 5) ? "\n" : "\r\n")abc\(end)0\r\n\(trailer)\r\n"
        }
    }
}
