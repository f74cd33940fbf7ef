import Exchange
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Ingress

@Suite struct AnswerWriterTests {
    private static let now = WallTime(nanosecondsSinceEpoch: 784_111_777_000_000_000)

    /// Writes one answer as `Answer` does.
    private static func write(
        _ head: AnswerHead, body: [String] = [], isHead: Bool = false, minorVersion: Int = 1, persists: Bool = true
    ) -> (text: String, isWhole: Bool, closes: Bool) {
        var writer = AnswerWriter(isHead: isHead, minorVersion: minorVersion)
        var output = ByteBuffer()
        _ = writer.write(head: head, persists: persists, to: &output, now: now)
        for part in body {
            switch writer.take(body: part.utf8.count) {
            case .dropped: break
            case .write(let count), .complete(let count):
                if writer.isChunked { AnswerWriter.writeChunkPrefix(count, to: &output) }
                output.writeBytes(Array(part.utf8).prefix(count))
                if writer.isChunked { output.writeStaticString("\r\n") }
            }
        }
        let isWhole = writer.end(to: &output)
        return (String(buffer: output), isWhole, writer.closes)
    }

    private static let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    @Test func fieldsGoOnInOrderAndByteForByte() {
        let headers = Headers(["X-a": "1", "set-cookie": "b", "Date": "then", "Set-Cookie": "c", "ETag": "\"d\""])
        let answer = Self.write(AnswerHead(status: 200, headers: headers, bodyLength: .sized(2)), body: ["ok"])
        #expect(
            answer.text
                == "HTTP/1.1 200 OK\r\nX-a: 1\r\nset-cookie: b\r\nDate: then\r\nSet-Cookie: c\r\nETag: \"d\"\r\ncontent-length: 2\r\n\r\nok")
    }

    @Test func aSoundContentLengthStaysWhereItStands() {
        let head = AnswerHead(status: 200, headers: Headers(["CONTENT-length": "2", "Date": "d"]), bodyLength: .sized(2))
        #expect(Self.write(head, body: ["ok"]).text == "HTTP/1.1 200 OK\r\nCONTENT-length: 2\r\nDate: d\r\n\r\nok")
    }

    @Test(arguments: ["3", "x", "", "2, 2", "-2"])
    func aContentLengthThatContradictsTheBodyIsReplaced(value: String) {
        let headers = Headers(["Content-Length": value, "Date": "d"])
        let answer = Self.write(AnswerHead(status: 200, headers: headers, bodyLength: .sized(2)), body: ["ok"])
        #expect(answer.text == "HTTP/1.1 200 OK\r\nDate: d\r\ncontent-length: 2\r\n\r\nok")
    }

    @Test func framingFieldsOfTheUpstreamsConnectionAreNotPassedOn() {
        let headers = Headers([
            "Transfer-Encoding": "gzip", "Connection": "x", "Keep-Alive": "timeout=5", "Content-Length": "7", "Date": "d",
        ])
        let answer = Self.write(AnswerHead(status: 200, headers: headers, bodyLength: .unknown), body: ["hello", " world, this is it"])
        #expect(
            answer.text
                == "HTTP/1.1 200 OK\r\nDate: d\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n12\r\n world, this is it\r\n0\r\n\r\n")
    }

    @Test func aFieldThatWouldBreakTheHeadIsLeftOut() {
        let headers = Headers(["X": "a\r\nSet-Cookie: evil", "Y": "a\nb", "Z": "a\rb", "N": "a\u{0}b", "": "a", "K\r\n": "a", "Date": "d"])
        #expect(
            Self.write(AnswerHead(status: 200, headers: headers, bodyLength: .none)).text
                == "HTTP/1.1 200 OK\r\nDate: d\r\ncontent-length: 0\r\n\r\n")
    }

    @Test(arguments: [
        (204, BodyLength.none, "HTTP/1.1 204 No Content\r\n\(date)\r\n"),
        (204, .sized(5), "HTTP/1.1 204 No Content\r\n\(date)\r\n"),
        (304, .none, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\(date)\r\n"),
        (304, .unknown, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\(date)\r\n"),
    ])
    func answersWithoutABodyHaveNone(status: Int, length: BodyLength, expected: String) {
        let answer = Self.write(AnswerHead(status: status, headers: Headers(["Content-Length": "5"]), bodyLength: length), body: ["hello"])
        #expect(answer.text == expected)
        #expect(answer.isWhole)
        #expect(!answer.closes)
    }

    @Test(arguments: [
        (BodyLength.none, "Content-Length: 5\r\n\(date)"), (.sized(5), "Content-Length: 5\r\n\(date)"), (.unknown, "Content-Length: 5\r\n\(date)"),
    ])
    func anAnswerToHEADSaysTheLengthThatGETWouldHave(length: BodyLength, fields: String) {
        let answer = Self.write(
            AnswerHead(status: 200, headers: Headers(["Content-Length": "5"]), bodyLength: length), body: ["hello"], isHead: true)
        #expect(answer.text == "HTTP/1.1 200 OK\r\n\(fields)\r\n")
        #expect(answer.isWhole)
    }

    @Test func interimHeadsGoToHTTP11AloneAndBeforeTheFinalOne() {
        for (minorVersion, status, expected) in [
            (1, 103, AnswerWriter.HeadResult.interim), (1, 102, .interim), (1, 100, .dropped), (1, 101, .dropped), (0, 103, .dropped),
        ] {
            var writer = AnswerWriter(isHead: false, minorVersion: minorVersion)
            var output = ByteBuffer()
            let head = AnswerHead(status: status, headers: Headers(["Link": "a", "Content-Length": "3"]), bodyLength: .none)
            #expect(writer.write(head: head, persists: true, to: &output, now: Self.now) == expected)
            #expect(!writer.hasHead)
            if expected == .interim, status == 103 { #expect(String(buffer: output) == "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n") }
            if expected == .dropped { #expect(output.readableBytes == 0) }
        }
    }

    @Test func onlyOneFinalHeadIsWritten() {
        var writer = AnswerWriter(isHead: false, minorVersion: 1)
        var output = ByteBuffer()
        let head = AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(1))
        #expect(writer.take(body: 5) == .dropped)
        #expect(writer.write(head: head, persists: true, to: &output, now: Self.now) == .final)
        #expect(writer.write(head: head, persists: true, to: &output, now: Self.now) == .dropped)
        #expect(writer.write(head: AnswerHead(status: 103, headers: Headers(), bodyLength: .none), persists: true, to: &output, now: Self.now) == .dropped)
    }

    @Test func aSizedBodyIsExactlyAsLongAsItWasAnnounced() {
        let head = AnswerHead(status: 200, headers: Headers(["Date": "d"]), bodyLength: .sized(5))
        let long = Self.write(head, body: ["hel", "lo world"])
        #expect(long.text.hasSuffix("\r\n\r\nhello"))
        #expect(long.isWhole)
        #expect(long.closes)
        let late = Self.write(head, body: ["hello", "!"])
        #expect(late.text.hasSuffix("\r\n\r\nhello"))
        let exact = Self.write(head, body: ["he", "", "llo"])
        #expect(exact.isWhole)
        #expect(!exact.closes)
        #expect(!Self.write(head, body: ["hell"]).isWhole)
        #expect(!Self.write(head).isWhole)
    }

    @Test func anAnswerWithoutAHeadIsNotWhole() {
        var writer = AnswerWriter(isHead: false, minorVersion: 1)
        var output = ByteBuffer()
        let isWhole = writer.end(to: &output)
        #expect(!isWhole)
        #expect(output.readableBytes == 0)
    }

    @Test(arguments: [1, 15, 16, 255, 256, 4095, 65_536, 1_048_577, Int.max])
    func chunkSizesAreHexadecimal(size: Int) {
        var output = ByteBuffer()
        AnswerWriter.writeChunkPrefix(size, to: &output)
        #expect(String(buffer: output) == String(size, radix: 16) + "\r\n")
    }

    @Test(arguments: [0, 9, 10, 99, 100, 12345, Int.max])
    func lengthsAreDecimal(number: Int) {
        var output = ByteBuffer()
        output.writeHead(room: 20) { $0.put(decimal: number) }
        #expect(String(buffer: output) == String(number))
    }

    @Test func everyStatusIsWrittenWithThreeDigits() {
        for status in [-1, 0, 99, 1000, Int.max] {
            let head = AnswerHead(status: max(status, 200), headers: Headers(), bodyLength: .none)
            var output = ByteBuffer()
            output.writeHead(room: 256) { HeadWriter.writeStatusLine(status, to: &$0) }
            #expect(String(buffer: output) == "HTTP/1.1 502 Bad Gateway\r\n")
            #expect(Self.write(head).text.hasPrefix("HTTP/1.1 "))
        }
        for status in 100..<1000 {
            var output = ByteBuffer()
            output.writeHead(room: 256) { HeadWriter.writeStatusLine(status, to: &$0) }
            #expect(String(buffer: output) == "HTTP/1.1 \(status) \(ReasonPhrase.of(status))\r\n")
        }
    }

    /// Every method, status, length and version: NIOHTTP1's client reads what was meant, and no more.
    @Test func aClientReadsEveryAnswerAsItWasMeant() throws {
        for isHead in [false, true] {
            for status in [200, 201, 204, 205, 206, 304, 307, 404, 429, 500, 599] {
                for length in [BodyLength.none, .sized(0), .sized(11), .unknown] {
                    for minorVersion in [0, 1] {
                        for persists in [false, true] {
                            try check(status, length, isHead: isHead, minorVersion: minorVersion, persists: persists)
                        }
                    }
                }
            }
        }
    }

    private func check(_ status: Int, _ length: BodyLength, isHead: Bool, minorVersion: Int, persists: Bool) throws {
        let hasBody = length == .sized(11) || length == .unknown
        let answer = Self.write(
            AnswerHead(status: status, headers: Headers(["X": "y"]), bodyLength: length), body: hasBody ? ["hello", " world"] : [], isHead: isHead,
            minorVersion: minorVersion, persists: persists)
        let context = Comment(rawValue: "\(status) \(length) HEAD=\(isHead) 1.\(minorVersion) \(persists)\n\(answer.text)")
        #expect(answer.isWhole, context)
        let mayHaveBody = !isHead && status != 204 && status != 304
        #expect(answer.closes == (!persists || (minorVersion == 0 && length == .unknown && mayHaveBody)), context)

        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
        ])
        let request = HTTPRequestHead(version: .init(major: 1, minor: minorVersion), method: isHead ? .HEAD : .GET, uri: "/")
        try channel.writeOutbound(HTTPClientRequestPart.head(request))
        try channel.writeOutbound(HTTPClientRequestPart.end(nil))
        try channel.writeInbound(ByteBuffer(string: answer.text))
        if answer.closes { _ = try channel.finish(acceptAlreadyClosed: true) }
        var body = ""
        var ended = 0
        while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head):
                #expect(Int(head.status.code) == status, context)
                #expect(head.headers["x"] == ["y"], context)
                #expect(head.headers["date"].count == 1, context)
                #expect(head.headers["content-length"].count + head.headers["transfer-encoding"].count <= 1, context)
                #expect(head.headers["connection"] == (answer.closes ? ["close"] : minorVersion == 0 ? ["keep-alive"] : []), context)
            case .body(let bytes): body += String(buffer: bytes)
            case .end: ended += 1
            }
        }
        #expect(body == (hasBody && mayHaveBody ? "hello world" : ""), context)
        #expect(ended == 1, context)
    }
}
