import Foundation
import Testing

@testable import Playground

@Suite("The scripted upstream on real sockets", .serialized, .timeLimit(.minutes(2)))
struct ScriptedUpstreamTests {
    @Test("plain answers, with the bytes the same for every connection")
    func plain() async throws {
        let upstream = try await Upstream(record: 0)
        let answer = try upstream.call()
        #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 33\r\n"))
        #expect(body(of: answer.text) == "{\"upstream\":\"test\",\"status\":200}\n")
        #expect(answer.end == .closed)
        #expect(upstream.ledger.counts.by_status == ["200": 1])
        #expect(upstream.ledger.recorded(limit: 10).isEmpty)
        try await upstream.stop()
    }

    @Test("a connection is kept, and requests sent ahead are answered in order, slow ones too")
    func pipelined() async throws {
        let upstream = try await Upstream("echo")
        let peer = try Peer(port: upstream.server.port)
        peer.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nx-playground-test: echo,delay=50ms\r\n\r\nab")
        peer.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let text = peer.receiveAll().text
        let places = ["/1", "/2", "/3"].map { text.range(of: "\"target\":\"\($0)\"")?.lowerBound }
        let found = places.compactMap { $0 }
        #expect(found.count == 3 && found == found.sorted())
        #expect(upstream.ledger.counts.connections_accepted == 1)
        try await upstream.stop()
    }

    @Test("echo tells the request as it came")
    func echo() async throws {
        let upstream = try await Upstream("echo", record: 0)
        let text = body(of: try upstream.call(method: "POST", body: "abc").text)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(document["name"] as? String == "test")
        #expect(document["method"] as? String == "POST")
        #expect(document["target"] as? String == "/x?y")
        #expect(document["headers"] as? [[String]] == [["Host", "a"], ["Content-Length", "3"], ["Connection", "close"]])
        #expect(document["body_bytes"] as? Int == 3)
        #expect(document["body_sha256"] as? String == SHA256.hexadecimal("abc".utf8))
        try await upstream.stop()
    }

    @Test("bodies have exactly their size, in either framing, and HEAD has none")
    func sizes() async throws {
        let upstream = try await Upstream(record: 0)
        for size in [0, 1, 64, 1024, 65_536, 65_537, 300_000] {
            let text = try upstream.call("body=\(size)").text
            #expect(text.contains("Content-Length: \(size)\r\n"))
            #expect(body(of: text) == String((0..<size).map { Array(Pattern.alphabet)[$0 % 64] }))
        }
        #expect(body(of: try upstream.call("body=3,trickle=1/1ms,chunked").text).isEmpty)
        #expect(try upstream.call("body=3,trickle=1/1ms,chunked").text.hasSuffix("\r\n\r\n1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n"))
        let head = try upstream.call("body=1KiB", method: "HEAD").text
        #expect(head.contains("Content-Length: 1024\r\n") && head.hasSuffix("\r\n\r\n"))
        #expect(try upstream.call("status=204").text == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        try await upstream.stop()
    }

    @Test("to HTTP/1.0 nothing is chunked and the connection is closed")
    func old() async throws {
        let upstream = try await Upstream("chunked,body=5", record: 0)
        let peer = try Peer(port: upstream.server.port)
        peer.send("GET / HTTP/1.0\r\n\r\n")
        let answer = peer.receiveAll()
        #expect(!answer.text.contains("Transfer-Encoding"))
        #expect(body(of: answer.text) == "01234")
        #expect(answer.end == .closed)
        try await upstream.stop()
    }

    @Test("server-sent events come one by one")
    func events() async throws {
        let upstream = try await Upstream(record: 0)
        let text = try upstream.call("sse=3/5ms").text
        #expect(text.contains("Content-Type: text/event-stream\r\n"))
        #expect(text.components(separatedBy: "data: ").count == 4)
        #expect(text.hasSuffix("0\r\n\r\n"))
        try await upstream.stop()
    }

    @Test("how connections end", arguments: [
        ("reset", "", .reset), ("reset-early", "", .reset), ("close", "", .closed), ("delay=5ms,reset", "", .reset),
        ("close-after=3", "{\"u", .closed), ("reset-after=3", "{\"u", .reset), ("reset-after=100", String(Pattern.alphabet + Pattern.alphabet.prefix(36)), .reset),
        ("close-idle", "{\"upstream\":\"test\",\"status\":200}\n", .closed),
    ] as [(String, String, Peer.End)])
    func endings(script: String, sent: String, end: Peer.End) async throws {
        let upstream = try await Upstream(record: 0)
        let answer = try upstream.call(script, close: false)
        #expect(body(of: answer.text) == sent)
        #expect(answer.end == end)
        #expect(!answer.text.contains("Connection: close"))
        try await upstream.stop()
    }

    @Test("garbage is no HTTP; a hang is silence until the peer goes")
    func garbage() async throws {
        let upstream = try await Upstream(record: 0)
        #expect(!(try upstream.call("garbage").text).hasPrefix("HTTP"))
        do {
            let peer = try Peer(port: upstream.server.port)
            peer.send("GET / HTTP/1.1\r\nHost: a\r\nx-playground-test: hang\r\n\r\n")
            while upstream.ledger.counts.requests < 2 { await Task.yield() }
            #expect(upstream.ledger.counts.connections_open == 1)
        }
        while upstream.ledger.counts.connections_open > 0 { await Task.yield() }
        #expect(upstream.ledger.counts.answered == 0)
        try await upstream.stop()
    }

    @Test("interim answers, Expect, added fields")
    func heads() async throws {
        let upstream = try await Upstream(record: 0)
        let interim = try upstream.call("interim=103,status=429,retry-after=2").text
        #expect(interim.hasPrefix("HTTP/1.1 103 "))
        #expect(interim.contains("\r\n\r\nHTTP/1.1 429 Too Many Requests\r\n"))
        #expect(interim.contains("\r\nRetry-After: 2\r\n"))
        let peer = try Peer(port: upstream.server.port)
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(peer.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        peer.send("ok")
        #expect(peer.receive(until: "}\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        try await upstream.stop()
    }

    @Test("an early answer comes without the body, and the record says that it is not whole")
    func early() async throws {
        let upstream = try await Upstream("early,status=413")
        let peer = try Peer(port: upstream.server.port)
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        let answer = peer.receiveAll()
        #expect(answer.text.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.text.contains("Connection: close\r\n"))
        #expect(answer.end == .closed)
        #expect(upstream.ledger.recorded(limit: 1).first?.complete == false)
        try await upstream.stop()
    }

    @Test("a body that is read slowly comes whole")
    func slowRead() async throws {
        let upstream = try await Upstream("slow-read=2000/1ms")
        let sent = String(repeating: "x", count: 50_000)
        #expect(try upstream.call(method: "POST", body: sent).text.hasPrefix("HTTP/1.1 200 "))
        let record = try #require(upstream.ledger.recorded(limit: 1).first)
        #expect(record.body_bytes == 50_000)
        #expect(record.body_sha256 == SHA256.hexadecimal(sent.utf8))
        #expect(record.complete)
        try await upstream.stop()
    }

    @Test("a script that can't be read is answered with the reason; another server's is ignored")
    func scripts() async throws {
        let upstream = try await Upstream("status=202", record: 0)
        let refused = try upstream.call("nonsense").text
        #expect(refused.hasPrefix("HTTP/1.1 400 ") && refused.contains("unknown behaviour 'nonsense'"))
        let peer = try Peer(port: upstream.server.port)
        peer.send("GET / HTTP/1.1\r\nHost: a\r\nx-playground-other: reset\r\nConnection: close\r\n\r\n")
        #expect(peer.receiveAll().text.hasPrefix("HTTP/1.1 202 "))
        try await upstream.stop()
    }

    @Test("hostile bytes end the connection and nothing else", arguments: [
        "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello",
    ])
    func hostile(bytes: String) async throws {
        let upstream = try await Upstream(record: 0)
        do {
            let peer = try Peer(port: upstream.server.port)
            peer.send(bytes)
            #expect(peer.receiveAll().end != .timeout)
        }
        #expect(upstream.ledger.counts.malformed == 1)
        #expect(try upstream.call().text.hasPrefix("HTTP/1.1 200 "))
        try await upstream.stop()
    }

    @Test("control requests tell the counts and are not counted")
    func control() async throws {
        let upstream = try await Upstream()
        for _ in 0..<3 { _ = try upstream.call("status=500", method: "PUT", body: "a") }
        func ask(_ line: String) throws -> [String: Any] {
            let peer = try Peer(port: upstream.server.port)
            peer.send("\(line) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return try #require(try JSONSerialization.jsonObject(with: Data(body(of: peer.receiveAll().text).utf8)) as? [String: Any])
        }
        let stats = try ask("GET /__playground/stats")
        #expect(stats["requests"] as? Int == 3)
        #expect(stats["answered"] as? Int == 3)
        #expect(stats["by_status"] as? [String: Int] == ["500": 3])
        #expect(stats["by_method"] as? [String: Int] == ["PUT": 3])
        let recorded = try #require(try ask("GET /__playground/requests?limit=2")["requests"] as? [[String: Any]])
        #expect(recorded.map { $0["n"] as? Int } == [1, 2])
        #expect(try ask("GET /__playground/nothing")["error"] != nil)
        _ = try ask("DELETE /__playground/requests")
        #expect(try ask("GET /__playground/stats")["requests"] as? Int == 0)
        try await upstream.stop()
    }

    @Test("a port in use is named")
    func portInUse() async throws {
        let upstream = try await Upstream()
        let error = await #expect(throws: Refusal.self) {
            let repertoire = try Repertoire(name: "b", behave: "", mix: nil, seed: 1)
            _ = try await ScriptedServer(
                ScriptedUpstream(name: "b", repertoire: repertoire, ledger: Ledger(capacity: 0)), host: "127.0.0.1", port: upstream.server.port,
                threads: 1)
        }
        #expect(error?.description == "can't listen on 127.0.0.1:\(upstream.server.port), address already in use: choose another address or port")
        try await upstream.stop()
    }
}
