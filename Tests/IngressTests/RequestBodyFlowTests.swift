import Exchange
import NIOCore
import NIOEmbedded
import Testing

@testable import Ingress

/// How a request's body flows: pauses, expectations, and answers that end before it.
@Suite struct RequestBodyFlowTests {
    private static func head(_ length: Int, _ fields: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(length)\r\n\r\n"
    }

    @Test func aBodyIsHandedOverAsItComes() throws {
        let connection = try Embedded(Scripted())
        try connection.send(Self.head(4) + "a")
        try connection.send("bc")
        #expect(connection.exchange.told == [.body("a"), .body("bc")])
        try connection.send("d")
        #expect(connection.exchange.told == [.body("a"), .body("bc"), .body("d"), .bodyEnded])
        #expect(connection.output() == ConnectionTests.ok("abcd"))
    }

    @Test func aPausedBodyWaitsAndGoesOn() throws {
        let connection = try Embedded(Scripted(onHead: { $0.answering.pauseBody() }))
        try connection.send(Self.head(4) + "ab")
        try connection.send("cd")
        #expect(connection.exchange.told == [])
        connection.exchange.answering.resumeBody()
        #expect(connection.exchange.told == [.body("abcd"), .bodyEnded])
        #expect(connection.output() == ConnectionTests.ok("abcd"))
    }

    @Test func aBodyPausedFromWithinIsPausedAtOnce() throws {
        let script = Scripted(react: { exchange, word in
            if case .body = word { exchange.answering.pauseBody() }
        })
        let connection = try Embedded(script)
        let large = String(repeating: "x", count: 5000)
        try connection.send(HostileRequests.chunkedHead + "1388\r\n\(large)\r\n1388\r\n\(large)\r\n0\r\n\r\n")
        #expect(connection.exchange.told == [.body(large)])
        connection.exchange.answering.resumeBody()
        #expect(connection.exchange.told == [.body(large), .body(large)])
        connection.exchange.answering.resumeBody()
        #expect(connection.exchange.told == [.body(large), .body(large), .bodyEnded])
    }

    // MARK: Expectations

    private static let `continue` = "HTTP/1.1 100 Continue\r\n\r\n"
    private static let expect = "Expect: 100-continue\r\n"

    @Test func anExpectationIsMetWhenTheBodyIsWanted() throws {
        let connection = try Embedded(Scripted())
        try connection.send(Self.head(2, Self.expect))
        #expect(connection.output() == Self.continue)
        try connection.send("ab")
        #expect(connection.output() == ConnectionTests.ok("ab"))
    }

    @Test func anExpectationWaitsAsLongAsTheBodyIsPaused() throws {
        let connection = try Embedded(Scripted(onHead: { $0.answering.pauseBody() }))
        try connection.send(Self.head(2, Self.expect))
        #expect(connection.output() == "")
        connection.exchange.answering.resumeBody()
        #expect(connection.output() == Self.continue)
        connection.exchange.answering.resumeBody()
        #expect(connection.output() == "")
    }

    @Test func anExpectationIsNotMetWhereTheBodyHasCome() throws {
        let connection = try Embedded(Scripted())
        try connection.send(Self.head(2, Self.expect) + "a")
        #expect(connection.output() == "")
        try connection.send("b")
        #expect(connection.output() == ConnectionTests.ok("ab"))
    }

    @Test func anAnswerBeforeTheBodyWasWantedEndsTheConnection() throws {
        let connection = try Embedded(Scripted(onHead: { $0.answer(413) }, react: { _, _ in }))
        try connection.send(Self.head(2, Self.expect))
        #expect(connection.output() == "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        #expect(connection.script.seen.told.first?.count == 1)
        guard case .gone = connection.script.seen.told.first?.first else {
            Issue.record("the request's end was not told")
            return
        }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"])
    func anExpectationWithoutMeaningIsNotMet(request: String) throws {
        let connection = try Embedded(.silent())
        try connection.send(request)
        #expect(connection.output() == "")
    }

    // MARK: Answers that end before the body

    @Test func aShortRestOfABodyIsHandedOverAndTheConnectionGoesOn() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.head(10) + "abc")
        connection.exchange.answer(200, "early")
        #expect(connection.output() == ConnectionTests.ok("early"))
        try connection.send("defg")
        try connection.send("hij" + ConnectionTests.get)
        #expect(connection.script.seen.told == [[.body("abc"), .body("defg"), .body("hij"), .bodyEnded], [.bodyEnded]])
    }

    @Test func aPauseHoldsNoLongerThanTheAnswer() throws {
        let connection = try Embedded(Scripted(onHead: { $0.answering.pauseBody() }, react: { _, _ in }))
        try connection.send(Self.head(3) + "abc")
        connection.exchange.answer()
        #expect(connection.exchange.told == [.body("abc"), .bodyEnded])
    }

    @Test func aLongRestOfABodyIsNotWaitedFor() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.head(Connection.drainLimit + 4) + "abc")
        connection.exchange.answer(200, "early")
        #expect(connection.output() == ConnectionTests.ok("early"))
        #expect(connection.exchange.told.count == 2)
        #expect(connection.exchange.told.first == .body("abc"))
        guard case .gone = connection.exchange.told.last else {
            Issue.record("the request's end was not told")
            return
        }
        try connection.send("more")
        #expect(connection.exchange.told.count == 2)
    }

    @Test func anUnknownRestOfABodyIsReadUpToTheBound() throws {
        let chunk = "1000\r\n\(String(repeating: "x", count: 4096))\r\n"
        for (count, isWhole) in [(16, true), (17, false)] {
            let connection = try Embedded(.silent())
            try connection.send(HostileRequests.chunkedHead)
            connection.exchange.answer()
            for _ in 0..<count { try connection.send(chunk) }
            try connection.send("0\r\n\r\n")
            #expect(connection.exchange.told.contains(.bodyEnded) == isWhole)
            try connection.send(ConnectionTests.get)
            #expect(connection.script.seen.requests.count == (isWhole ? 2 : 1))
        }
    }

    @Test func aBrokenRestOfABodyEndsTheConnectionSilently() throws {
        let connection = try Embedded(.silent())
        try connection.send(HostileRequests.chunkedHead)
        connection.exchange.answer()
        _ = connection.output()
        try connection.send("nonsense\r\n")
        #expect(connection.exchange.told == [.gone(Refusal.invalidChunkSize.detail)])
        #expect(connection.output() == "")
    }

    @Test func theConnectionsEndInMidBodyIsTold() throws {
        let connection = try Embedded(.silent())
        try connection.send(Self.head(10) + "abc")
        connection.halfClose()
        #expect(connection.exchange.told == [.body("abc"), .gone("The application closed the connection in the middle of its request's body.")])
        #expect(connection.isClosed)
        #expect(connection.output() == "")
    }
}
