import Exchange
import NIOCore
import Testing

@testable import Ingress

@Suite struct RequestParserTests {
    /// Requests that are sound, with what they say.
    static let sound: [(String, Parsed.Message)] = [
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            message("GET", "/", [["Host", "a"]])
        ),
        (
            "\r\nGET /a?b HTTP/1.1\r\nhost:a:80\r\n\r\n",
            message("GET", "/a?b", [["host", "a:80"]])
        ),
        (
            "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
            message("OPTIONS", "*", [["Host", ""]])
        ),
        (
            "m!#$%&'*+-.^_`|~9 /%00 HTTP/1.1\r\nHost: a\r\nX:  b \t c\t \r\nx:\r\n\r\n",
            message("m!#$%&'*+-.^_`|~9", "/%00", [["Host", "a"], ["X", "b \t c"], ["x", ""]])
        ),
        (
            "GET http://b:1/c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
            message("GET", "/c", [["X", "y"], ["Host", "b:1"]])
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            message("POST", "/", [["Host", "a"], ["Content-Length", "5"]], .sized(5), body: "hello")
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 0005\r\n\r\n\r\n\r\n\r",
            message("POST", "/", [["Host", "a"], ["content-length", "0005"]], .sized(5), body: "\r\n\r\n\r")
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            message("POST", "/", [["Host", "a"], ["Content-Length", "0"]])
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n6;a;b=c;d=\"e\\\"\tf\"\r\n world\r\n0\r\n\r\n",
            message("POST", "/", [["Host", "a"], ["Transfer-Encoding", "Chunked"]], .unknown, body: "hello world")
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding:chunked\r\nHost: a\r\n\r\n00A\r\n0123456789\r\n0;x\r\nT: v\r\nContent-Length: 9\r\n\r\n",
            message("POST", "/", [["Transfer-Encoding", "chunked"], ["Host", "a"]], .unknown, body: "0123456789")
        ),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            message("PUT", "/", [["Host", "a"], ["Transfer-Encoding", "chunked"]], .unknown)
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
            message(
                "POST", "/", [["Host", "a"], ["Expect", "100-Continue"], ["Content-Length", "1"]], .sized(1), expectsContinue: true,
                body: "x")
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            message("GET", "/", [["Host", "a"], ["Expect", "100-continue"]])
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
            message("GET", "/", [["Host", "a"], ["Connection", "x, Close"]], persists: false)
        ),
        ("GET / HTTP/1.0\r\n\r\n", message("GET", "/", [], persists: false, minorVersion: 0)),
        (
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            message("GET", "/", [["Connection", "Keep-Alive"]], minorVersion: 0)
        ),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
            message("GET", "/", [["Connection", "keep-alive"], ["Connection", "close"]], persists: false, minorVersion: 0)
        ),
        (
            "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            message("POST", "/", [["Expect", "100-continue"], ["Content-Length", "1"]], .sized(1), persists: false, minorVersion: 0, body: "x")
        ),
        ("GET / HTTP/1.7\r\nHost: a\r\n\r\n", message("GET", "/", [["Host", "a"]])),
    ]

    static func message(
        _ method: String, _ target: String, _ headers: [[String]], _ length: BodyLength = .none, persists: Bool = true,
        minorVersion: Int = 1, expectsContinue: Bool = false, body: String = ""
    ) -> Parsed.Message {
        Parsed.Message(
            method: method, target: target, minorVersion: minorVersion, headers: headers, bodyLength: length, persists: persists,
            expectsContinue: expectsContinue, body: Array(body.utf8), isComplete: true)
    }

    @Test(arguments: sound.indices)
    func soundRequestsAreReadAlikeHoweverTheyCome(index: Int) {
        let (text, message) = Self.sound[index]
        let expected = Parsed(messages: [message])
        #expect(Parsed.feed(text) == expected)
        #expect(Parsed.feed(text, pieces: [1]) == expected)
        for first in 1..<text.utf8.count { #expect(Parsed.feed(text, pieces: [first, .max]) == expected, "split at \(first)") }
        for first in 1..<text.utf8.count { #expect(Parsed.feed(text, pieces: [first, 1, .max]) == expected, "split around \(first)") }
    }

    @Test func pipelinedRequestsAreReadAlikeInRandomPieces() {
        let seed: UInt64 = 0x1A6E_55
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let chosen = (0..<5).map { _ in Self.sound[random.below(Self.sound.count)] }
            let text = chosen.map(\.0).joined()
            let pieces = (0..<40).map { _ in 1 + random.below(30) }
            let parsed = Parsed.feed(text, pieces: pieces)
            #expect(parsed == Parsed(messages: chosen.map(\.1)), "seed \(seed), round \(round)")
        }
    }

    @Test func valuesGoOnByteForByte() throws {
        let value = (UInt8(0x80)...0xFF).map { $0 } + [0x21, 0x7E]
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + value + Array("\r\n\r\n".utf8)
        var parser = RequestParser(limits: Limits())
        var input = ByteBuffer(bytes: bytes)
        guard case .head(let head) = parser.next(&input) else {
            Issue.record("no head")
            return
        }
        var seen: [[UInt8]] = []
        head.request.headers.forEach { _, value in seen.append(Array(value)) }
        #expect(seen == [Array("a".utf8), value])
    }

    @Test func aBodyInLargePiecesIsNotCopied() {
        let data = [UInt8](repeating: 7, count: 10_000)
        var input = ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
        input.writeBytes(data)
        var parser = RequestParser(limits: Limits())
        _ = parser.next(&input)
        let address = input.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        guard case .body(let body) = parser.next(&input) else {
            Issue.record("no body")
            return
        }
        #expect(Array(body.readableBytesView) == data)
        #expect(body.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == address)
    }

    @Test func bytesThatWereLookedAtAreNotLookedAtAgain() {
        // A line feed put behind the scanner's back shows that it goes on where it stopped.
        var scanner = LineScanner()
        var input = ByteBuffer(string: "GET /aaaa")
        #expect(scanner.next(in: input, limit: 100) == .needsMore)
        input.setString("\r\n", at: 3)
        input.writeString("bb")
        #expect(scanner.next(in: input, limit: 100) == .needsMore)
        input.writeString("\r\n")
        #expect(scanner.next(in: input, limit: 100) == .line(11))
    }

    @Test func bodiesInTinyChunksAreGathered() {
        let chunk = "1\r\nx\r\n"
        let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(repeating: chunk, count: 1000) + "0\r\n\r\n"
        var parser = RequestParser(limits: Limits())
        var input = ByteBuffer(string: text)
        _ = parser.next(&input)
        guard case .body(let body) = parser.next(&input), case .end = parser.next(&input) else {
            Issue.record("not one body and its end")
            return
        }
        #expect(body.readableBytes == 1000)
    }

    @Test func chunksLargeAndSmallStayInOrder() {
        var random = SeededGenerator(seed: 77)
        var expected: [UInt8] = []
        var bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        for _ in 0..<200 {
            let chunk = (0..<(random.once(in: 5) ? 4000 + random.below(9000) : 1 + random.below(90))).map { _ in UInt8(random.below(256)) }
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
            expected += chunk
        }
        bytes += Array("0\r\n\r\n".utf8)
        for pieces in [[Int.max], [1], [16_384], [5000, 1, 7]] {
            let parsed = Parsed.feed(bytes, pieces: pieces)
            #expect(parsed.messages.first?.body == expected)
            #expect(parsed.messages.first?.isComplete == true)
        }
    }
}
