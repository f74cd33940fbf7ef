import Exchange
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Ingress

@Suite struct WritabilityTests {
    private final class Counter: Sendable {
        private let count = Mutex(0)
        func add() { count.withLock { $0 += 1 } }
        var value: Int { count.withLock { $0 } }
    }

    private func answering(_ script: Scripted = .silent()) throws -> Embedded {
        let connection = try Embedded(script)
        try connection.send(ConnectionTests.get)
        connection.exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
        return connection
    }

    @Test func partsAreCalledBackAtOnceWhileThereIsRoom() throws {
        let connection = try answering()
        let counter = Counter()
        connection.exchange.answering.write(body: ByteBuffer(string: "a")) { counter.add() }
        #expect(counter.value == 1)
    }

    @Test func partsAreCalledBackWhenThereIsRoomAgain() throws {
        let connection = try answering()
        let counter = Counter()
        connection.setWritable(false)
        #expect(!connection.exchange.answering.isWritable)
        for _ in 0..<3 { connection.exchange.answering.write(body: ByteBuffer(string: "a")) { counter.add() } }
        #expect(counter.value == 0)
        connection.setWritable(true)
        #expect(counter.value == 3)
        #expect(connection.exchange.told == [.bodyEnded, .writability, .writability])
    }

    @Test func partsAreCalledBackWhenTheConnectionIsGone() throws {
        let connection = try answering()
        let counter = Counter()
        connection.setWritable(false)
        connection.exchange.answering.write(body: ByteBuffer(string: "a")) { counter.add() }
        let answering = connection.exchange.answering
        connection.channel.close(promise: nil)
        connection.channel.embeddedEventLoop.run()
        #expect(counter.value == 1)
        answering.write(body: ByteBuffer(string: "b")) { counter.add() }
        #expect(counter.value == 2)
    }

    @Test func partsThatTheAnswerMayNotHaveAreCalledBack() throws {
        let connection = try Embedded(.silent())
        try connection.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let counter = Counter()
        connection.exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .sized(1)))
        connection.exchange.answering.write(body: ByteBuffer(string: "a")) { counter.add() }
        connection.exchange.answering.end()
        #expect(counter.value == 1)
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n")
    }

    @Test func theNextRequestWaitsUntilThereIsRoom() throws {
        let connection = try Embedded(.silent())
        try connection.send(ConnectionTests.get + ConnectionTests.get)
        connection.setWritable(false)
        connection.exchange.answer()
        #expect(connection.script.seen.requests.count == 1)
        connection.setWritable(true)
        #expect(connection.script.seen.requests.count == 2)
    }
}
