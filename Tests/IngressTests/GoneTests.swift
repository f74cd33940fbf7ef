import Exchange
import NIOCore
import Synchronization
import Testing

@testable import Ingress

/// Applications that go away, take their time, or come in too great a number, on real sockets.
@Suite struct GoneTests {
    private static func isGone(_ script: Scripted) -> @Sendable () -> Bool {
        { script.seen.told.first?.contains { if case .gone = $0 { true } else { false } } ?? false }
    }

    @Test(arguments: [ListenAddress.ip(host: "127.0.0.1", port: 0), .unix(path: temporaryPath())])
    func anApplicationThatClosesBeforeItsAnswerIsGone(listen: ListenAddress) async throws {
        let script = Scripted.silent()
        try await serving(script, listen: listen) { server, address in
            let client = try await address.connect()
            try await client.send(ConnectionTests.get)
            #expect(try await eventually { script.seen.told.first == [.bodyEnded] })
            try await client.close()
            #expect(try await eventually(Self.isGone(script)))
            #expect(try await eventually { server.openConnections == 0 })
        }
    }

    @Test func anApplicationThatClosesInMidAnswerIsGone() async throws {
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
            let stream = NIOLoopBound(exchange, eventLoop: exchange.answering.eventLoop)
            exchange.answering.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { task in
                if Self.hasGone(stream.value) { task.cancel() }
                stream.value.answering.write(body: ByteBuffer(string: "tick"), written: nil)
            }
        })
        try await serving(script) { server, address in
            let client = try await address.connect()
            try await client.send(ConnectionTests.get)
            try await client.receive("a tick") { $0.contains("tick") }
            try await client.close()
            #expect(try await eventually(Self.isGone(script)))
        }
    }

    private static func hasGone(_ exchange: Scripted.Exchange) -> Bool {
        exchange.told.contains { if case .gone = $0 { true } else { false } }
    }

    @Test func anApplicationThatOnlyClosesItsSendingSideGetsALateAnswer() async throws {
        let script = Scripted.silent()
        try await serving(script) { _, address in
            let client = try await address.connect()
            try await client.send(ConnectionTests.get)
            try await client.halfClose()
            #expect(try await client.receive(endingIn: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            script.onLoop { $0.answer(200, "late") }
            #expect(try await client.receiveAll() == "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nlate")
        }
        #expect(script.seen.told == [[.bodyEnded]])
    }

    @Test func anApplicationThatTakesNothingOfItsAnswerIsGivenUp() async throws {
        var limits = Limits.patient
        limits.bodyTimeout = .milliseconds(200)
        let script = Scripted(react: { exchange, word in
            guard word == .bodyEnded else { return }
            exchange.answering.write(head: AnswerHead(status: 200, headers: Headers(), bodyLength: .unknown))
            exchange.answering.write(body: ByteBuffer(repeating: 0x61, count: 64 << 20), written: nil)
        })
        try await serving(script, limits: limits) { server, address in
            let client = try await address.connect(reads: false)
            try await client.send(ConnectionTests.get)
            #expect(try await eventually(Self.isGone(script)))
            #expect(try await eventually { server.openConnections == 0 })
            try? await client.close()
        }
        #expect(script.seen.told.first?.contains(.writability) == true)
    }

    private func within(
        _ script: Scripted = Scripted(), _ change: (inout Limits) -> Void, _ body: (Client) async throws -> Void
    ) async throws {
        var limits = Limits.patient
        change(&limits)
        try await serving(script, limits: limits) { _, address in try await body(address.connect()) }
    }

    @Test func timeoutsCloseRealConnections() async throws {
        try await within { $0.headerTimeout = .milliseconds(50) } _: { client in
            let answer = try await client.receiveAll()
            #expect(answer == "")
        }
        try await within { $0.headerTimeout = .seconds(2) } _: { client in
            try await client.send("GET / HTTP/1.1\r\n")
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 408 "))
        }
        try await within { $0.bodyTimeout = .milliseconds(50) } _: { client in
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 408 "))
        }
        try await within { $0.idleTimeout = .milliseconds(50) } _: { client in
            try await client.send(ConnectionTests.get)
            #expect(try await client.receiveAll() == ConnectionTests.ok())
        }
    }

    @Test func connectionsBeyondTheBoundAreRefusedAndPlacesComeFreeAgain() async throws {
        var limits = Limits.patient
        limits.connections = 3
        let script = Scripted()
        try await serving(script, limits: limits) { server, address in
            var served: [Client] = []
            for _ in 0..<3 {
                let client = try await address.connect()
                try await client.send(ConnectionTests.get)
                #expect(try await client.receive(endingIn: "\r\n\r\n") == ConnectionTests.ok())
                served.append(client)
            }
            // Three are waited for, and beyond them every one is closed at once.
            for _ in 0..<8 {
                let client = try await address.connect()
                let answer = try await client.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
                #expect(answer.contains("connection_limit_reached"))
            }
            #expect(script.seen.refusals.count == 8)
            try await served[0].close()
            #expect(try await eventually { server.openConnections == 2 })
            let next = try await address.connect()
            try await next.send(ConnectionTests.get)
            #expect(try await next.receive(endingIn: "\r\n\r\n") == ConnectionTests.ok())
        }
    }

    @Test func manyConnectionsAtOnceAreEachAnswered() async throws {
        let script = Scripted()
        try await serving(script) { _, address in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let client = try await address.connect()
                        for round in 0..<20 {
                            let body = "\(number)/\(round)"
                            try await client.send(ConnectionTests.post(body))
                            #expect(try await client.receive(endingIn: body) == ConnectionTests.ok(body))
                        }
                        try await client.close()
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(script.seen.requests.count == 1280)
    }
}
