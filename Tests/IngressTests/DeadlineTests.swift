import Exchange
import NIOCore
import NIOEmbedded
import Testing

@testable import Ingress

/// What bounds a connection in time, on a clock that the tests move.
@Suite struct DeadlineTests {
    private static var limits: Limits {
        var limits = Limits()
        limits.headerTimeout = .seconds(10)
        limits.bodyTimeout = .seconds(30)
        limits.idleTimeout = .seconds(60)
        return limits
    }

    private func connection(_ script: Scripted = Scripted()) throws -> Embedded { try Embedded(script, limits: Self.limits) }

    @Test func aConnectionOnWhichNothingComesIsClosedSilently() throws {
        let connection = try connection()
        connection.advance(.milliseconds(9999))
        #expect(!connection.isClosed)
        connection.advance(.milliseconds(2))
        #expect(connection.isClosed)
        #expect(connection.output() == "")
        #expect(connection.script.seen.refusals.isEmpty)
    }

    @Test func aHeadThatDoesNotComeWholeIsRefused() throws {
        let connection = try connection()
        try connection.send("GET / HTTP/1.1\r\n")
        // A byte now and then does not help.
        for _ in 0..<9 {
            connection.advance(.seconds(1))
            try connection.send("X")
        }
        #expect(connection.output() == "")
        connection.advance(.milliseconds(1001))
        #expect(connection.output().hasPrefix("HTTP/1.1 408 "))
        #expect(connection.script.seen.refusals.map(\.detail) == [Refusal.headTimeout.detail])
        #expect(connection.script.seen.requests.isEmpty)
    }

    @Test func aBodyThatStopsComingIsRefused() throws {
        let connection = try connection()
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        // Every byte gives it another while.
        for _ in 0..<20 {
            connection.advance(.seconds(29))
            try connection.send("x")
        }
        connection.advance(.milliseconds(30_001))
        #expect(connection.output().hasPrefix("HTTP/1.1 408 "))
        #expect(connection.exchange.told.last == .refused(408))
        #expect(connection.script.seen.refusals.isEmpty)
    }

    @Test func aBodyThatStopsComingAfterTheAnswersHeadCutsIt() throws {
        let connection = try connection(.silent())
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        connection.exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
        connection.advance(.milliseconds(30_001))
        #expect(connection.exchange.told == [.gone(Refusal.bodyTimeout.detail)])
        #expect(connection.isClosed)
    }

    @Test func aBodyThatIsPausedHasAllTheTime() throws {
        let connection = try connection(Scripted(onHead: { $0.answering.pauseBody() }))
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
        connection.advance(.hours(1))
        #expect(connection.output() == "")
        connection.exchange.answering.resumeBody()
        connection.advance(.seconds(29))
        try connection.send("bc")
        #expect(connection.output() == ConnectionTests.ok("abc"))
    }

    @Test func anAnswerThatIsDueHasAllTheTime() throws {
        let connection = try connection(.silent())
        try connection.send(ConnectionTests.get)
        connection.advance(.hours(1))
        #expect(!connection.isClosed)
        connection.exchange.answer()
        #expect(connection.output() == ConnectionTests.ok())
    }

    @Test func anIdleConnectionIsClosedSilently() throws {
        let connection = try connection()
        for _ in 0..<5 {
            connection.advance(.seconds(9))
            try connection.send(ConnectionTests.get)
            #expect(connection.output() == ConnectionTests.ok())
        }
        connection.advance(.milliseconds(59_999))
        #expect(!connection.isClosed)
        connection.advance(.milliseconds(2))
        #expect(connection.isClosed)
        #expect(connection.output() == "")
        #expect(connection.script.seen.refusals.isEmpty)
    }

    @Test func theNextHeadHasItsOwnTime() throws {
        let connection = try connection()
        try connection.send(ConnectionTests.get)
        _ = connection.output()
        connection.advance(.seconds(59))
        try connection.send("G")
        connection.advance(.seconds(9))
        #expect(connection.output() == "")
        connection.advance(.seconds(2))
        #expect(connection.output().hasPrefix("HTTP/1.1 408 "))
    }

    @Test func anEmptyLineIsNotTheBeginningOfAHead() throws {
        let connection = try connection()
        try connection.send(ConnectionTests.get)
        _ = connection.output()
        try connection.send("\r\n")
        connection.advance(.seconds(59))
        #expect(!connection.isClosed)
        try connection.send(ConnectionTests.get)
        #expect(connection.output() == ConnectionTests.ok())
        try connection.send("\r\n")
        connection.halfClose()
        #expect(connection.isClosed)
        #expect(connection.script.seen.refusals.isEmpty)
    }

    @Test func anApplicationThatTakesNothingOfItsAnswerIsGivenUp() throws {
        let connection = try connection(.silent())
        try connection.send(ConnectionTests.get)
        connection.exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
        connection.setWritable(false)
        connection.advance(.seconds(29))
        connection.setWritable(true)
        connection.advance(.hours(1))
        #expect(!connection.isClosed)
        connection.setWritable(false)
        connection.advance(.milliseconds(30_001))
        #expect(connection.isClosed)
        #expect(connection.exchange.told.last == .gone("The application took no byte of its answer for limits.body_timeout."))
    }

    @Test func shortTimeoutsFireInTimeAfterLongOnes() throws {
        var limits = Self.limits
        limits.headerTimeout = .milliseconds(50)
        let connection = try Embedded(Scripted(), limits: limits)
        for _ in 0..<10 {
            try connection.send(ConnectionTests.get)
            connection.advance(.milliseconds(73))
        }
        try connection.send("G")
        connection.advance(.milliseconds(51))
        #expect(connection.output().contains("HTTP/1.1 408 "))
    }

    @Test func aClosedConnectionLeavesNoTimer() throws {
        let connection = try connection()
        try connection.send(ConnectionTests.get)
        connection.channel.close(promise: nil)
        connection.advance(.hours(1))
        #expect(connection.isClosed)
        #expect(try connection.channel.finish(acceptAlreadyClosed: true).hasLeftOvers)
    }

    // MARK: An application that sends no more

    @Test func anApplicationThatSendsNoMoreGetsItsAnswers() throws {
        let connection = try connection(.silent())
        try connection.send(ConnectionTests.get + ConnectionTests.get)
        connection.halfClose()
        connection.exchange.answer(200, "1")
        #expect(connection.output() == ConnectionTests.ok("1"))
        #expect(!connection.isClosed)
        connection.exchange.answer(200, "2")
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n2")
        #expect(connection.isClosed)
    }

    @Test func anApplicationThatMayBeGoneIsProbedOnce() throws {
        let connection = try connection(.silent())
        try connection.send(ConnectionTests.get)
        connection.halfClose()
        #expect(connection.output() == "")
        connection.advance(.milliseconds(251))
        #expect(connection.output() == "HTTP/1.1 100 Continue\r\n\r\n")
        connection.advance(.hours(1))
        #expect(connection.output() == "")
        connection.exchange.answer()
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    }

    @Test func anApplicationOfHTTP10IsNotProbed() throws {
        let connection = try connection(.silent())
        try connection.send("GET / HTTP/1.0\r\n\r\n")
        connection.halfClose()
        connection.advance(.seconds(5))
        #expect(connection.output() == "")
    }

    @Test func anApplicationThatHasItsHeadIsNotProbed() throws {
        let connection = try connection(.silent())
        try connection.send(ConnectionTests.get)
        connection.exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
        _ = connection.output()
        connection.halfClose()
        connection.advance(.seconds(5))
        #expect(connection.output() == "")
    }

    @Test func theEndInMidHeadIsRefused() throws {
        let connection = try connection()
        try connection.send("GET / HT")
        connection.halfClose()
        #expect(connection.output().hasPrefix("HTTP/1.1 400 "))
        #expect(connection.script.seen.refusals.map(\.detail) == [Refusal.endedInHead.detail])
        #expect(connection.isClosed)
    }

    // MARK: Stopping

    @Test func anIdleConnectionIsClosedAtOnceWhenTheServerStops() throws {
        let fresh = try connection()
        fresh.finish()
        #expect(fresh.isClosed)
        let used = try connection()
        try used.send(ConnectionTests.get)
        used.finish()
        #expect(used.isClosed)
        #expect(used.output() == ConnectionTests.ok())
    }

    @Test func anExchangeUnderWayIsFinishedWhenTheServerStops() throws {
        let connection = try connection(.silent())
        try connection.send(ConnectionTests.get + ConnectionTests.get)
        connection.finish()
        #expect(!connection.isClosed)
        connection.exchange.answer()
        #expect(connection.output() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        #expect(connection.script.seen.requests.count == 1)
    }
}
