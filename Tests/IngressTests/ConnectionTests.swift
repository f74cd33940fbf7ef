import Exchange
import NIOCore
import NIOEmbedded
import Testing

@testable import Ingress

@Suite struct ConnectionTests {
    static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    static func post(_ body: String, _ fields: String = "") -> String {
        "POST /b HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
    static func ok(_ body: String = "") -> String { "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)" }

    @Test func aRequestIsHandedOverAndAnswered() throws {
        let connection = try Embedded(Scripted())
        try connection.send(Self.post("hello"))
        #expect(connection.output() == Self.ok("hello"))
        #expect(connection.exchange.told == [.body("hello"), .bodyEnded])
        #expect(connection.exchange.request.clientAddress == "127.0.0.1")
        #expect(connection.exchange.request.bodyLength == .sized(5))
        #expect(!connection.isClosed)
    }

    @Test func pipelinedRequestsAreHandedOverOneAtATimeAndInOrder() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get + Self.post("x") + Self.get)
        #expect(connection.script.exchanges.count == 1)
        for expected in ["first", "second", "third"] {
            #expect(connection.output() == "")
            connection.exchange.answer(200, expected)
            #expect(connection.output() == Self.ok(expected))
        }
        #expect(connection.script.seen.requests.map(\.method) == ["GET", "POST", "GET"])
        #expect(connection.script.seen.told == [[.bodyEnded], [.body("x"), .bodyEnded], [.bodyEnded]])
    }

    @Test(arguments: ["GET /sl", "GET /a HTTP/1.1\r\nHost: a\r\nX: ", "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"])
    func aRequestThatWaitsHoldsNoMemoryThatOthersAreReadInto(beginning: String) throws {
        let connection = try Embedded(.silent())
        let handler = try connection.channel.pipeline.syncOperations.handler(type: Connection.self)
        for _ in 0..<2 {
            try connection.sendLarge(beginning)
            #expect(handler.input.storageCapacity < 256)
            try connection.send(beginning.hasPrefix("POST") ? "abc" : beginning.hasSuffix("X: ") ? "y\r\n\r\n" : "ow HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.exchange.answer(200, "done")
            #expect(connection.output() == Self.ok("done"))
        }
        #expect(connection.script.exchanges.count == 2)
    }

    @Test func aPipelinedRequestIsNotLostToWhatIsReadAfterIt() throws {
        let connection = try Embedded(.silent())
        let handler = try connection.channel.pipeline.syncOperations.handler(type: Connection.self)
        var allocator = ReadAllocator(handler.memory.input)
        _ = allocator.record(actualReadBytes: 1)
        var read = allocator.buffer(allocator: ByteBufferAllocator())
        read.writeString(Self.get + Self.post("second"))
        try connection.channel.writeInbound(read)
        read = ByteBuffer()
        var other = allocator.buffer(allocator: ByteBufferAllocator())
        other.writeRepeatingByte(0x58, count: 1000)
        connection.exchange.answer(200, "first")
        connection.exchange.answer(200, "second")
        #expect(connection.output() == Self.ok("first") + Self.ok("second"))
        #expect(connection.script.seen.told == [[.bodyEnded], [.body("second"), .bodyEnded]])
    }

    @Test func theMemoryOfAnAnswerThatHasLeftIsTakenForTheNext() {
        let memory = LoopMemory()
        memory.giveBack(output: ByteBuffer(string: Self.ok("first")))
        // A flush that had nothing to send.
        memory.giveBack(output: ByteBuffer())
        let (taken, next) = (memory.takeOutput(), memory.takeOutput())
        #expect(taken.capacity > 0 && taken.readableBytes == 0 && next.capacity == 0)
    }

    @Test func answersOfOneBurstLeaveTogether() throws {
        let connection = try Embedded(Scripted())
        try connection.send(Self.get + Self.get + Self.get)
        #expect(connection.writes().count == 1)
    }

    @Test func headAndBodyOfOneTurnLeaveTogetherAndLaterPartsAtOnce() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get)
        let answering = connection.exchange.answering
        answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
        answering.write(body: ByteBuffer(string: "data: 1\n\n"), written: nil)
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
        answering.write(body: ByteBuffer(string: "data: 2\n\n"), written: nil)
        #expect(connection.output() == "9\r\ndata: 2\n\n\r\n")
        answering.end()
        #expect(connection.writes() == ["0\r\n\r\n"])
    }

    @Test func longPartsAreNotCopied() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get)
        let answering = connection.exchange.answering
        let part = ByteBuffer(repeating: 0x61, count: 100_000)
        answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(100_000)))
        answering.write(body: part, written: nil)
        answering.end()
        var pieces: [ByteBuffer] = []
        while let piece = try connection.channel.readOutbound(as: ByteBuffer.self) { pieces.append(piece) }
        let base = part.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(pieces.contains { $0.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == base })
    }

    @Test(arguments: HostileRequests.heads.indices)
    func hostileRequestsAreAnsweredRecordedAndNeverHandedOver(index: Int) throws {
        let (text, refusal) = HostileRequests.heads[index]
        let connection = try Embedded(Scripted())
        try connection.send(text)
        let output = connection.output()
        #expect(output.hasPrefix("HTTP/1.1 \(refusal.status) "))
        #expect(output.contains("\r\nconnection: close\r\n"))
        #expect(output.contains("content-type: application/problem+json"))
        #expect(output.contains("\"exchange_id\":\"00000000-0000-7000-8000-000000000000\""))
        #expect(connection.script.seen.requests.isEmpty)
        #expect(connection.script.seen.refusals.map(\.detail) == [refusal.detail])
        try connection.send(Self.get)
        #expect(connection.output() == "")
        #expect(connection.script.seen.requests.isEmpty)
    }

    @Test func aRefusalSaysWhatCouldBeReadOfTheRequest() throws {
        let connection = try Embedded(Scripted())
        try connection.send("POST /x HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n")
        #expect(connection.script.seen.refusedRequests.first??.target == "/x")
        #expect(connection.script.seen.refusedRequests.first??.clientAddress == "127.0.0.1")
        #expect(connection.script.seen.refusedRequests.first??.headers.pairs == [["Host", "a"]])
    }

    @Test func aRequestAfterARefusedOneInABurstIsNotServed() throws {
        let connection = try Embedded(Scripted())
        try connection.send(Self.get + "GET  / HTTP/1.1\r\n\r\n" + Self.get)
        #expect(connection.script.seen.requests.count == 1)
        #expect(connection.output().hasPrefix(Self.ok() + "HTTP/1.1 400 Bad Request\r\n"))
    }

    @Test func aRefusedHEADGetsNoBody() throws {
        let connection = try Embedded(Scripted())
        try connection.send("HEAD / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n")
        let output = connection.output()
        #expect(output.hasPrefix("HTTP/1.1 400 "))
        #expect(output.hasSuffix("\r\n\r\n"))
    }

    @Test(arguments: HostileRequests.chunks.indices)
    func hostileChunksEndTheExchangeWithAProblem(index: Int) throws {
        let (text, refusal) = HostileRequests.chunks[index]
        let connection = try Embedded(Scripted())
        try connection.send(HostileRequests.chunkedHead + text)
        #expect(connection.output().hasPrefix("HTTP/1.1 \(refusal.status) "))
        #expect(connection.exchange.told.last == .refused(refusal.status))
        #expect(!connection.exchange.told.contains(.bodyEnded))
        #expect(connection.script.seen.refusals.isEmpty)
    }

    @Test func hostileChunksAfterTheAnswersHeadCutIt() throws {
        let connection = try Embedded(.silent())
        try connection.send(HostileRequests.chunkedHead + "1\r\nx\r\n")
        connection.exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(9)))
        try connection.send("nonsense\r\n")
        #expect(connection.exchange.told == [.body("x"), .gone(Refusal.invalidChunkSize.detail)])
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
        #expect(connection.isClosed)
    }

    @Test func anExchangeThatIsOverCanNotReachTheNextOne() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get + Self.get)
        let first = connection.exchange
        first.answer(200, "1")
        #expect(connection.output() == Self.ok("1"))
        first.answer(500, "again")
        first.answering.write(body: ByteBuffer(string: "more"), written: nil)
        first.answering.abort()
        #expect(connection.output() == "")
        #expect(!first.answering.isWritable)
        connection.exchange.answer(200, "2")
        #expect(connection.output() == Self.ok("2"))
    }

    @Test func answeringWithinAcceptIsTheSameAsLater() throws {
        let connection = try Embedded(Scripted(onHead: { $0.answer(404, "none") }, react: { _, _ in }))
        try connection.send(Self.post("body") + Self.get)
        let one = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone"
        #expect(connection.output() == one + one)
        #expect(connection.script.seen.told == [[.body("body"), .bodyEnded], [.bodyEnded]])
    }

    @Test func abortingWithinAcceptTellsNothingMore() throws {
        let connection = try Embedded(Scripted(onHead: { $0.answering.abort() }, react: { _, _ in }))
        try connection.send(Self.post("body") + Self.get)
        #expect(connection.output() == "")
        #expect(connection.isClosed)
        #expect(connection.script.seen.told == [[]])
    }

    @Test func anAnswerShorterThanAnnouncedIsCut() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get + Self.get)
        let answering = connection.exchange.answering
        answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(9)))
        answering.write(body: ByteBuffer(string: "short"), written: nil)
        answering.end()
        #expect(connection.isClosed)
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")
        #expect(connection.script.seen.requests.count == 1)
    }

    @Test func anAnswerLongerThanAnnouncedIsCutThereAndTheConnectionCloses() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get + Self.get)
        let answering = connection.exchange.answering
        answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(2)))
        answering.write(body: ByteBuffer(string: "long"), written: nil)
        answering.end()
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nlo")
        #expect(connection.script.seen.requests.count == 1)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "connection: close\r\n", true),
        ("GET / HTTP/1.0\r\n\r\n", "connection: close\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "connection: keep-alive\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", false),
    ])
    func theConnectionGoesOnAsTheApplicationSays(request: String, field: String, closes: Bool) throws {
        let connection = try Embedded(Scripted())
        try connection.send(request)
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\(field)\r\n")
        #expect(connection.isClosed == closes)
    }

    @Test func anUpgradeIsServedAsARequest() throws {
        let connection = try Embedded(Scripted())
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(connection.output() == Self.ok())
        #expect(connection.exchange.request.headers.first("upgrade") == "websocket")
    }

    @Test func theApplicationsEndIsTold() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.get)
        let answering = connection.exchange.answering
        connection.channel.close(promise: nil)
        connection.channel.embeddedEventLoop.run()
        #expect(connection.exchange.told == [.bodyEnded, .gone("The application closed the connection.")])
        answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .none))
        answering.end()
        #expect(connection.output() == "")
    }

    @Test func connectionsBeyondTheBoundAreToldSo() throws {
        for welcome in [Connection.Welcome.oneTooMany, .farTooMany] {
            let connection = try Embedded(Scripted(), welcome: welcome)
            let output = connection.output()
            #expect(output.hasPrefix("HTTP/1.1 503 "))
            #expect(output.contains("\r\nretry-after: 1\r\n"))
            #expect(output.contains("error=connection_limit_reached"))
            #expect(output.contains("\"class\":\"rate_limited\""))
            #expect(connection.script.seen.refusedRequests.count == 1)
            #expect(connection.script.seen.refusedRequests.allSatisfy { $0 == nil })
        }
    }
}
