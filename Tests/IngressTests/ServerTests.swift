import Exchange
import NIOCore
import NIOPosix
import Testing

@testable import Ingress

/// The server on real sockets.
@Suite struct ServerTests {
    private static let addresses: [ListenAddress] = [
        .ip(host: "127.0.0.1", port: 0), .ip(host: "::1", port: 0), .ip(host: "localhost", port: 0), .unix(path: temporaryPath()),
    ]

    @Test(arguments: addresses)
    func requestsAreAnsweredOnEveryKindOfSocket(listen: ListenAddress) async throws {
        let script = Scripted()
        try await serving(script, listen: listen) { _, address in
            let client = try await address.connect()
            for body in ["one", "two", "three"] {
                try await client.send(ConnectionTests.post(body))
                #expect(try await client.receive(endingIn: body) == ConnectionTests.ok(body))
            }
            try await client.close()
        }
        #expect(script.seen.requests.count == 3)
        let hasAddress = if case .ip = listen { true } else { false }
        #expect(script.seen.requests.allSatisfy { ($0.clientAddress != nil) == hasAddress })
    }

    @Test func localhostIsBothLoopbackAddresses() async throws {
        try await serving(listen: .ip(host: "localhost", port: 0)) { _, address in
            guard case .ip(_, let port) = address else { return }
            for host in ["127.0.0.1", "::1"] {
                let client = try await ListenAddress.ip(host: host, port: port).connect()
                try await client.send(ConnectionTests.get)
                #expect(try await client.receive(endingIn: "\r\n\r\n") == ConnectionTests.ok())
                try await client.close()
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await serving { _, address in
            let client = try await address.connect()
            let bodies = (0..<200).map { "body \($0)" }
            client.throwIn(ByteBuffer(string: bodies.map { ConnectionTests.post($0) }.joined()))
            #expect(try await client.receive(endingIn: "body 199") == bodies.map(ConnectionTests.ok).joined())
            try await client.close()
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrderWhenAnswersTakeTime() async throws {
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            let loop = exchange.answering.eventLoop
            let bound = NIOLoopBound(exchange, eventLoop: loop)
            loop.execute { bound.value.answer(200, bound.value.body) }
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            let bodies = (0..<50).map { "body \($0)" }
            client.throwIn(ByteBuffer(string: bodies.map { ConnectionTests.post($0) }.joined()))
            #expect(try await client.receive(endingIn: "body 49") == bodies.map(ConnectionTests.ok).joined())
            try await client.close()
        }
    }

    @Test func answersWithoutABodyLeaveTheConnectionUsable() async throws {
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            exchange.answer(Int(exchange.request.target.dropFirst()) ?? 200, "hello")
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            try await client.send("HEAD /200 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(endingIn: "\r\n\r\n") == "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
            try await client.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(endingIn: "\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n")
            try await client.send("GET /304 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(endingIn: "\r\n\r\n") == "HTTP/1.1 304 Not Modified\r\n\r\n")
            try await client.send("GET /200 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.receive(endingIn: "hello") == ConnectionTests.ok("hello"))
            try await client.close()
        }
    }

    @Test func chunkedBodiesGoBothWays() async throws {
        let script = Scripted(onHead: { exchange in
            exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
        }, react: { exchange, word in
            switch word {
            case .body(let text): exchange.answering.write(body: ByteBuffer(string: text), written: nil)
            case .bodyEnded: exchange.answering.end()
            default: break
            }
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            try await client.send(HostileRequests.chunkedHead)
            #expect(try await client.receive(endingIn: "\r\n\r\n") == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            try await client.send("5\r\nhello\r\n")
            #expect(try await client.receive(endingIn: "\r\n") == "5\r\nhello\r\n")
            try await client.send("6\r\n world\r\n0\r\nX: y\r\n\r\n")
            #expect(try await client.receive(endingIn: "0\r\n\r\n") == "6\r\n world\r\n0\r\n\r\n")
            try await client.close()
        }
    }

    @Test func anExpectationIsMet() async throws {
        try await serving { _, address in
            let client = try await address.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await client.receive(endingIn: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("ok")
            #expect(try await client.receive(endingIn: "ok") == ConnectionTests.ok("ok"))
            try await client.close()
        }
    }

    @Test func interimHeadsGoBeforeTheFinalOne() async throws {
        let script = Scripted(onHead: { exchange in
            exchange.answering.write(head: AnswerHead(status: 103, headers: Headers(["Link": "</a>"]), bodyLength: .none))
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            try await client.send(ConnectionTests.get)
            let answer = try await client.receive("the final head") { $0.contains(" 200 OK") && $0.hasSuffix("\r\n\r\n") }
            #expect(Embedded.undated(answer) == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ConnectionTests.ok())
            try await client.close()
        }
    }

    @Test func anAnswerOfUnknownLengthEndsTheConnectionOfHTTP10() async throws {
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
            exchange.answering.write(body: ByteBuffer(string: "hello"), written: nil)
            exchange.answering.end()
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.receiveAll() == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello")
            #expect(!client.wasReset)
        }
    }

    @Test func aCutAnswerThatWouldLookWholeEndsWithAReset() async throws {
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
            exchange.answering.write(body: ByteBuffer(string: "hel"), written: nil)
            exchange.answering.abort()
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            _ = try await client.receiveAll()
            #expect(client.wasReset)
        }
    }

    @Test func aLongAnswerArrivesWholeThoughTheApplicationSendsNoMore() async throws {
        let part = ByteBuffer(repeating: 0x61, count: 1 << 20)
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(16 << 20)))
            for _ in 0..<16 { exchange.answering.write(body: part, written: nil) }
            exchange.answering.end()
        })
        try await serving(script) { _, address in
            let client = try await address.connect()
            client.throwIn(ByteBuffer(string: ConnectionTests.get))
            try await client.halfClose()
            let answer = try await client.receiveAll()
            #expect(answer.utf8.count > 16 << 20)
            #expect(answer.utf8.count < (16 << 20) + 200)
        }
    }

    @Test func aRefusalArrivesThoughTheApplicationIsStillSending() async throws {
        var limits = Limits.patient
        limits.body = 1000
        let script = Scripted()
        try await serving(script, limits: limits) { _, address in
            let client = try await address.connect()
            client.throwIn(ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n" + String(repeating: "x", count: 400_000)))
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
            #expect(answer.hasSuffix("\"status\":413}\n"))
            try? await client.close()
        }
        #expect(script.seen.requests.isEmpty)
        #expect(script.seen.refusals.count == 1)
    }

    @Test func bodiesOfTheirBoundArriveWhole() async throws {
        var limits = Limits.patient
        limits.body = 3_000_000
        let script = Scripted(react: { exchange, word in
            if word == .bodyEnded { exchange.answer(200, "\(exchange.body.utf8.count)") }
        })
        try await serving(script, limits: limits) { _, address in
            let client = try await address.connect()
            client.throwIn(ByteBuffer(string: ConnectionTests.post(String(repeating: "x", count: 3_000_000))))
            #expect(try await client.receive(endingIn: "3000000") == ConnectionTests.ok("3000000"))
            try await client.close()
        }
    }
}
