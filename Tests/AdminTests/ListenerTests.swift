import Exchange
import Foundation
import Spool
import Testing

@testable import Admin

/// What holds for every path.
@Suite struct ListenerTests {
    @Test func whatWasThereStaysAsItWas() async throws {
        try await withStage { stage async throws in
            let metrics = try await stage.ask("GET", "/metrics?x=1", fields: ["Accept: a", "Accept: b"])
            #expect(metrics.status == 200 && metrics.body == "up 1\n" && metrics.fields["content-type"] == "text/plain; of=a,b")
            #expect(try await stage.get("/livez").body == "{\"status\":\"live\"}\n")
            #expect(try await stage.get("/readyz").body == "{\"status\":\"ready\"}\n")
            #expect(try await stage.get("/api/config").body == "{\"drain\":\"7s\"}\n")
            #expect(try await stage.get("/").body.contains("/api/dead-letters"))
        }
    }

    @Test func readyzSaysWhyNot() async throws {
        try await withStage(notReady: ["draining"]) { stage async throws in
            let reply = try await stage.get("/readyz")
            #expect(reply.status == 503 && reply.body == "{\"status\":\"not ready\",\"reasons\":[\"draining\"]}\n")
        }
    }

    @Test(arguments: [
        "/nowhere", "/api", "/api/", "/api/nowhere", "/api/exchanges/", "/api/exchanges/a/b", "/api/dead-letters/", "/api/dead-letters/1/2",
        "/api/upstreams/a", "/metrics/x",
    ])
    func anUnknownPathIs404AndSaysWhatThereIs(_ path: String) async throws {
        try await withStage(Shelf()) { stage async throws in
            let reply = try await stage.get(path)
            #expect(try reply.status == 404 && reply.detail.contains("/api/dead-letters"))
        }
    }

    @Test(arguments: [
        ("POST", "/metrics", "GET, HEAD"), ("PUT", "/api/exchanges", "GET, HEAD"), ("DELETE", "/api/exchanges/x", "GET, HEAD"),
        ("POST", "/api/dead-letters", "GET, HEAD"), ("POST", "/api/dead-letters/1", "GET, HEAD, DELETE"),
        ("GET", "/api/dead-letters/replay", "POST"), ("DELETE", "/api/dead-letters/discard", "POST"), ("OPTIONS", "/api/upstreams", "GET, HEAD"),
    ])
    func anotherMethodIs405WithAllow(_ method: String, _ path: String, _ allow: String) async throws {
        try await withStage(Shelf()) { stage async throws in
            let reply = try await stage.ask(method, path)
            #expect(reply.status == 405 && reply.fields["allow"] == allow)
            #expect(try !reply.detail.isEmpty)
        }
    }

    @Test(arguments: ["/api/exchanges", "/api/exchanges/x", "/api/dead-letters", "/api/dead-letters/1"])
    func withoutASpoolThereIsNothingKeptAndItSaysHowToGetOne(_ path: String) async throws {
        try await withStage { stage async throws in
            let reply = try await stage.get(path)
            #expect(try reply.status == 404 && reply.detail.contains("respond: accepted"))
        }
    }

    @Test func withoutASpoolNothingCanBeReplayed() async throws {
        try await withStage { stage async throws in
            #expect(try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"all\":true}").status == 404)
            #expect(try await stage.ask("POST", "/api/dead-letters/discard", body: "{\"all\":true}").status == 404)
            #expect(try await stage.ask("DELETE", "/api/dead-letters/1").status == 404)
        }
    }

    @Test(arguments: [(SpoolFault.Code.closed, 503), (.corrupt, 500), (.io, 500)])
    func aFailingSpoolIsToldInItsOwnWords(_ code: SpoolFault.Code, _ status: Int) async throws {
        let shelf = Shelf()
        shelf.fail(SpoolFault(code, "spool.db can't be read."))
        try await withStage(shelf) { stage async throws in
            for path in ["/api/exchanges", "/api/exchanges/\(Sample.id(1))", "/api/dead-letters", "/api/dead-letters/1"] {
                let reply = try await stage.get(path)
                #expect(try reply.status == status && reply.detail == "spool.db can't be read.")
                #expect(try reply.document["code"] as? String == code.rawValue)
            }
            #expect(try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"all\":true}").status == status)
        }
    }

    @Test func headIsGetWithoutABody() async throws {
        try await withStage(Shelf(exchanges: [Sample.view(1)])) { stage async throws in
            let (head, get) = (try await stage.ask("HEAD", "/api/exchanges"), try await stage.get("/api/exchanges"))
            #expect(head.status == 200 && head.body.isEmpty && head.fields["content-length"] == String(get.body.utf8.count))
        }
    }

    @Test func answersAreNeitherCachedNorSniffed() async throws {
        try await withStage(Shelf()) { stage async throws in
            for reply in [try await stage.get("/api/exchanges"), try await stage.get("/nowhere")] {
                #expect(reply.fields["cache-control"] == "no-store" && reply.fields["x-content-type-options"] == "nosniff")
            }
        }
    }

    // MARK: Bodies

    private func replay(ofLength length: Int) -> String {
        let body = "{\"all\":true}"
        return body + String(repeating: " ", count: length - body.utf8.count)
    }

    @Test func aBodyUpToTheBoundIsTakenAndALongerOneIs413() async throws {
        let shelf = Shelf(letters: [Sample.letter(1)])
        try await withStage(shelf) { stage async throws in
            let long = try await stage.ask("POST", "/api/dead-letters/replay", body: replay(ofLength: AdminRequest.longestBody + 1))
            #expect(try long.status == 413 && long.detail.contains("65536"))
            #expect(shelf.letterIDs == [1])
            #expect(try await stage.ask("POST", "/api/dead-letters/replay", body: replay(ofLength: AdminRequest.longestBody)).status == 200)
            #expect(shelf.letterIDs.isEmpty)
        }
    }

    @Test func aBodyWithoutEndIsAnsweredAndNotRead() async throws {
        try await withStage(Shelf()) { stage async throws in
            let peer = try Peer(stage.address)
            await peer.send(stage.request("POST", "/api/dead-letters/replay", fields: ["Transfer-Encoding: chunked"]))
            let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
            var sent = 0
            while sent < 1000, await peer.send(chunk) { sent += 1 }
            #expect(sent < 1000)
            // Either the answer, or the connection's end before it could be read: never a reading on.
            let text = await peer.receiveAll()
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 413"))
        }
    }

    // MARK: Order

    @Test func pipelinedRequestsAreAnsweredInOrderThoughOneTakesLonger() async throws {
        let shelf = Shelf(exchanges: [Sample.view(1)])
        let gate = AsyncStream.makeStream(of: Void.self)
        var deliveries = shelf.sources
        deliveries.deadLetters = { _ throws(SpoolFault) in
            for await _ in gate.stream { break }
            return []
        }
        try await withStage(deliveries: deliveries) { stage async throws in
            let peer = try Peer(stage.address)
            await peer.send(
                stage.request("GET", "/api/dead-letters") + stage.request("GET", "/livez")
                    + stage.request("GET", "/api/exchanges/\(Sample.id(1))", fields: ["Connection: close"]))
            // Another connection is answered meanwhile.
            #expect(try await stage.get("/api/exchanges").status == 200)
            gate.continuation.yield()
            let text = await peer.receiveAll()
            let places = ["\"dead_letters\":[]", "\"live\"", "\"deliveries\""].map { text.range(of: $0)?.lowerBound }
            let found = places.compactMap(\.self)
            #expect(found.count == 3 && found == found.sorted())
        }
    }

    @Test func aConnectionThatIsGoneBeforeItsAnswerHurtsNobody() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let asked = AsyncStream.makeStream(of: Void.self)
        var deliveries = Shelf().sources
        deliveries.deadLetters = { _ throws(SpoolFault) in
            asked.continuation.yield()
            for await _ in gate.stream { break }
            return []
        }
        try await withStage(deliveries: deliveries) { stage async throws in
            do {
                let peer = try Peer(stage.address)
                await peer.send(stage.request("GET", "/api/dead-letters"))
                for await _ in asked.stream { break }
            }
            gate.continuation.yield()
            #expect(try await stage.get("/livez").status == 200)
        }
    }
}
