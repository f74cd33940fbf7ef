import Exchange
import Foundation
import Spool
import Testing

@testable import Admin

@Suite struct ProvenanceTests {
    private func status(_ stage: Stage, host: String? = nil, _ fields: [String] = []) async throws -> Int {
        try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"all\":true}", fields: fields, host: host).status
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:4101", "127.0.0.1", "127.9.8.7:80", "[::1]:4101", "[::ffff:127.0.0.1]", "sidecar.test", "Sidecar.Test:9",
    ])
    func ownHostsAreTaken(_ host: String) async throws {
        try await withStage(Shelf(), hosts: ["sidecar.test"]) { stage async throws in
            #expect(try await status(stage, host: host) == 200)
        }
    }

    @Test(arguments: ["evil.test", "evil.test:4101", "localhost.evil.test", "127.0.0.1.evil.test", "10.0.0.1", "[::2]", "", "0x7f.1", "127.0.0.1@evil.test"])
    func anotherHostIs403AndChangesNothing(_ host: String) async throws {
        let shelf = Shelf(letters: [Sample.letter(1)])
        try await withStage(shelf) { stage async throws in
            for (method, path) in [("POST", "/api/dead-letters/replay"), ("POST", "/api/dead-letters/discard"), ("DELETE", "/api/dead-letters/1")] {
                let reply = try await stage.ask(method, path, body: "{\"all\":true}", host: host)
                #expect(try reply.status == 403 && !reply.detail.isEmpty)
            }
            #expect(shelf.letterIDs == [1])
        }
    }

    @Test func severalHostsAre400() async throws {
        try await withStage(Shelf()) { stage async throws in
            #expect(try await status(stage, ["Host: localhost"]) == 400)
        }
    }

    @Test func pagesOfThisOriginAreTaken() async throws {
        try await withStage(Shelf()) { stage async throws in
            #expect(try await status(stage, ["Origin: http://\(stage.authority)", "Sec-Fetch-Site: same-origin"]) == 200)
            #expect(try await status(stage, host: "localhost:1", ["Origin: http://LOCALHOST:1"]) == 200)
            #expect(try await status(stage, ["Sec-Fetch-Site: none"]) == 200)
        }
    }

    @Test(arguments: [
        "Origin: http://evil.test", "Origin: null", "Origin: http://127.0.0.1:1", "Origin: http://127.0.0.1", "Origin:",
        "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: anything",
    ])
    func pagesOfAnotherOriginAre403(_ field: String) async throws {
        let shelf = Shelf(letters: [Sample.letter(1)])
        try await withStage(shelf) { stage async throws in
            #expect(try await status(stage, [field]) == 403)
            #expect(shelf.letterIDs == [1])
        }
    }

    static let read = ["/", "/api/config", "/api/upstreams", "/api/exchanges", "/api/dead-letters"]

    @Test(arguments: read)
    func readingUnderAnotherHostIs403(_ path: String) async throws {
        try await withStage(Shelf()) { stage async throws in
            for host in ["evil.test", "localhost.evil.test:4101", "10.0.0.1"] {
                let reply = try await stage.ask("GET", path, host: host)
                #expect(try reply.status == 403 && reply.detail.contains(host))
                #expect(try await stage.ask("HEAD", path, host: host).status == 403)
            }
            #expect(try await stage.ask("GET", path, fields: ["Host: localhost"]).status == 400)
        }
    }

    @Test(arguments: read)
    func readingUnderAnOwnHostIsTaken(_ path: String) async throws {
        try await withStage(Shelf(), hosts: ["sidecar.test"]) { stage async throws in
            for host in ["localhost:4101", "127.0.0.1", "[::1]:4101", "Sidecar.Test:9"] {
                #expect(try await stage.ask("GET", path, host: host).status == 200)
            }
        }
    }

    /// A browser keeps the answer from the page that asked.
    @Test func readingFromAnotherOriginIsNotRefused() async throws {
        try await withStage(Shelf()) { stage async throws in
            #expect(try await stage.ask("GET", "/api/dead-letters", fields: ["Origin: http://evil.test"]).status == 200)
        }
    }

    @Test(arguments: ["/metrics", "/livez", "/readyz"])
    func whatIsScrapedAndProbedIsThereUnderAnyName(_ path: String) async throws {
        try await withStage { stage async throws in
            #expect(try await stage.ask("GET", path, host: "pod-7.metrics.test:4101").status == 200)
        }
    }

    @Test func overAUnixSocketAnyHostIsTakenButNoOtherOrigin() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pantograph-\(UUID().uuidString.prefix(8)).sock").path
        try await withStage(Shelf(), listen: .unix(path: path)) { stage async throws in
            #expect(try await status(stage, host: "whatever") == 200)
            #expect(try await status(stage, host: "whatever", ["Origin: http://evil.test"]) == 403)
        }
    }
}
