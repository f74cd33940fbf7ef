import Exchange
import Foundation
import Testing

@testable import Playground

@Suite("The collector on real sockets", .serialized, .timeLimit(.minutes(1)))
struct ScriptedCollectorTests {
    private func collector(_ fail: String = "") async throws -> (ScriptedCollector, ScriptedServer) {
        let document: @Sendable (Behaviour) -> String = { _ in "{}" }
        let repertoire = try Repertoire(name: "collector", behave: fail, mix: nil, seed: 1, document: document)
        let collector = ScriptedCollector(repertoire: repertoire, shelves: true, quiet: .zero)
        return (collector, try await ScriptedServer(collector, host: "127.0.0.1", port: 0, threads: 1))
    }

    private func post(_ port: Int, _ body: String, path: String = "/v1/traces", type: String = "application/json", more: String = "") throws -> String {
        let peer = try Peer(port: port)
        peer.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(more)Connection: close\r\n\r\n\(body)")
        return peer.receiveAll().text
    }

    private func counts(_ collector: ScriptedCollector) throws -> [String: Any] {
        let document = collector.control(.GET, "/__playground/stats").document
        return try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any])
    }

    private let batch = """
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"1","name":"POST","kind":2},\
        {"traceId":"a","spanId":"2","parentSpanId":"1","name":"POST","kind":3},{"traceId":"b","spanId":"3","name":"POST","kind":3}]}]}]}
        """

    @Test("spans are counted by kind and shelved by trace")
    func counted() async throws {
        let (collector, server) = try await collector()
        #expect(try post(server.port, batch).hasSuffix("\r\n\r\n{}"))
        let counts = try counts(collector)
        #expect(counts["spans"] as? Int == 3)
        #expect(counts["batches"] as? Int == 1)
        #expect(counts["by_kind"] as? [String: Int] == ["SERVER": 1, "CLIENT": 2])
        #expect(collector.takeQuiet().traces.map(\.spans.count).sorted() == [1, 2])
        try await server.stop()
    }

    @Test("what is no OTLP-JSON is refused and counted")
    func refused() async throws {
        let (collector, server) = try await collector()
        #expect(try post(server.port, "{").hasPrefix("HTTP/1.1 400 "))
        #expect(try post(server.port, batch, path: "/v1/metrics").hasPrefix("HTTP/1.1 404 "))
        #expect(try post(server.port, batch, type: "application/x-protobuf").hasPrefix("HTTP/1.1 415 "))
        #expect(try post(server.port, batch, more: "Content-Encoding: br\r\n").hasPrefix("HTTP/1.1 415 "))
        #expect(try post(server.port, batch, more: "Content-Encoding: gzip\r\n").hasPrefix("HTTP/1.1 400 "))
        let counts = try counts(collector)
        #expect(counts["refused"] as? Int == 5)
        #expect(counts["spans"] as? Int == 0)
        try await server.stop()
    }

    @Test("a collector that fails by its script takes nothing")
    func failing() async throws {
        let (collector, server) = try await collector("status=503,retry-after=1")
        #expect(try post(server.port, batch).hasPrefix("HTTP/1.1 503 "))
        #expect(try counts(collector)["spans"] as? Int == 0)
        #expect(try counts(collector)["refused"] as? Int == 1)
        try await server.stop()
    }
}
