import Exchange
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Playground

@Suite("The client against the upstream", .serialized, .timeLimit(.minutes(2)))
struct LoadRunTests {
    private func run(
        _ plan: LoadPlan, port: Int, connections: Int = 4, usesAll: Bool = false, timeout: Duration = .seconds(10)
    ) async throws -> LoadResult {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: LoadResult.self)
        let target = try LoadTarget("http://127.0.0.1:\(port)")
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "/orders", headers: ["Host": target.authority, "Content-Length": "3"])
        try await loop.submit {
            LoadRun(
                plan, target: target, head: head, body: ByteBuffer(string: "abc"), connections: connections, usesAll: usesAll, timeout: timeout,
                done: done
            ).proceed()
        }.get()
        return try await done.futureResult.get()
    }

    @Test("every call ends once, answered or failed, and both sides count the same", arguments: [
        LoadPlan(rate: nil, duration: nil, requests: 400), LoadPlan(rate: 400, duration: .seconds(1), requests: nil),
    ])
    func counts(plan: LoadPlan) async throws {
        let mix = "ok:60;status=500:10;reset:5;close:5;garbage:5;close-idle:5;reset-after=10:5;status=204:5"
        let upstream = try await Upstream(mix: mix)
        let result = try await run(plan, port: upstream.server.port)
        let counts = upstream.ledger.counts
        #expect(result.sent == 400)
        #expect(result.answered + result.failed == 400)
        #expect(result.unsent == 0)
        #expect(result.byStatus[500] == counts.by_status["500"])
        #expect(result.byStatus[204] == counts.by_status["204"])
        #expect(result.failed > 0)
        // A call that met a connection closed between two of them has not been seen by the upstream.
        #expect(counts.requests <= 400)
        #expect(result.latency.count == result.answered)
        try await upstream.stop()
    }

    @Test("connections are bounded")
    func connections() async throws {
        let upstream = try await Upstream("delay=2ms", record: 0)
        let result = try await run(LoadPlan(rate: nil, duration: nil, requests: 100), port: upstream.server.port, connections: 3)
        #expect(result.answered == 100)
        #expect(upstream.ledger.counts.connections_accepted == 3)
        try await upstream.stop()
    }

    @Test("all connections are opened first and used in turn where that is asked for")
    func allConnections() async throws {
        let upstream = try await Upstream(record: 0)
        let plan = LoadPlan(rate: 500, duration: .milliseconds(100), requests: nil)
        let one = try await run(plan, port: upstream.server.port, connections: 100)
        #expect(one.answered == 50)
        #expect(upstream.ledger.counts.connections_accepted <= 50)
        let opened = upstream.ledger.counts.connections_accepted
        let all = try await run(plan, port: upstream.server.port, connections: 100, usesAll: true)
        #expect(all.answered == 50)
        #expect(upstream.ledger.counts.connections_accepted == opened + 100)
        try await upstream.stop()
    }

    @Test("connections that can't be opened keep no call waiting", arguments: ["refused", "closed"])
    func unopened(how: String) async throws {
        let upstream = try await Upstream(how == "closed" ? "close" : "ok", record: 0)
        let port = upstream.server.port
        if how == "refused" { try await upstream.stop() }
        let plan = LoadPlan(rate: 100, duration: .milliseconds(50), requests: nil)
        let result = try await run(plan, port: port, connections: 8, usesAll: true, timeout: .milliseconds(500))
        #expect(result.failed == 5)
        if how == "closed" { try await upstream.stop() }
    }

    @Test("a stall is charged to every call that was due meanwhile")
    func stall() async throws {
        let upstream = try await Upstream("delay=100ms", record: 0)
        let result = try await run(LoadPlan(rate: 100, duration: .milliseconds(200), requests: nil), port: upstream.server.port, connections: 1)
        #expect(result.answered == 20)
        // Twenty answers of 100 ms one after the other: the last was due at 190 ms and came at 2 s at the earliest.
        #expect(result.latency.largest >= 1_800_000_000)
        try await upstream.stop()
    }

    @Test("silence ends a call by its timeout, and what could not be begun by then is counted")
    func timeout() async throws {
        let upstream = try await Upstream("hang", record: 0)
        let plan = LoadPlan(rate: 100, duration: .milliseconds(100), requests: nil)
        let result = try await run(plan, port: upstream.server.port, connections: 2, timeout: .milliseconds(200))
        #expect(result.byError[.timeout] == result.sent)
        #expect(result.sent + result.unsent == 10)
        #expect(result.answered == 0)
        try await upstream.stop()
    }

    @Test("a port where nobody listens is an error of each call")
    func refused() async throws {
        let upstream = try await Upstream(record: 0)
        let port = upstream.server.port
        try await upstream.stop()
        let result = try await run(LoadPlan(rate: 100, duration: .milliseconds(50), requests: nil), port: port)
        #expect(result.byError == [.connect: 5])
        let report = LoadReport(result)
        #expect(report.text.contains("connect: 5"))
        #expect(Document.text(report).contains("\"by_error\":{\"connect\":5}"))
    }
}
