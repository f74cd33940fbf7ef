import Exchange
import Foundation
import Testing

@testable import Configuration

/// What the README says of the configuration is so.
@Suite struct ReadmeTests {
    private let readme: String

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../README.md")
        readme = try String(contentsOf: file, encoding: .utf8)
    }

    /// The first text in a row's backticks that is a list of keys with values.
    private func defaults(_ key: String) throws -> String {
        let row = try #require(readme.split(separator: "\n").first { $0.hasPrefix("| `\(key)` |") })
        return String(try #require(row.split(separator: "`").first { $0.contains(": ") && $0.contains(", ") }))
    }

    @Test func defaultsOfBlocksThatAreNotThereByThemselves() throws {
        let spool = "spool: { \(try defaults("spool")) }\n"
        #expect(try checked(twoUpstreams + spool).settings.spool == SpoolSettings(path: "./spool"))
        let upstream = "upstreams:\n  a: { url: \"https://a.example\", breaker: { \(try defaults("….breaker")) } }\n"
        #expect(try checked(upstream).settings.upstreams[0].breaker == BreakerSettings())
        let compare = "respond: inventory, compare: { \(try defaults("routes[].compare")) }"
        let compared = try checked(twoUpstreams + "routes:\n  - { name: r, match: { path: / }, \(compare) }\n").settings.routes[0]
        #expect(compared.compare == AgreementSettings())
        let health = "upstreams:\n  a: { url: \"https://a.example\", health: { \(try defaults("….health")) } }\n"
        #expect(try checked(health).settings.upstreams[0].health == HealthSettings(path: "/healthz"))
        let tail = "telemetry: { tail: { \(try defaults("telemetry.tail")) } }\n"
        #expect(try checked(twoUpstreams + tail).settings.telemetry.tail == TailSettings())
        let keys = "respond: accepted, idempotency: { \(try defaults("routes[].idempotency")) }"
        let route = try checked(twoUpstreams + "routes:\n  - { name: r, match: { path: / }, \(keys) }\n").settings.routes[0]
        #expect(route.idempotencyHeader == "Idempotency-Key" && !route.requiresIdempotencyKey)
    }

    /// But for secrets that are not on this machine.
    @Test func examplesCanBeRun() {
        let blocks = readme.split(separator: "```").filter { $0.hasPrefix("yaml\n") && $0.contains("\nupstreams:") }
        #expect(blocks.count >= 2)
        for block in blocks {
            let text = String(block.dropFirst("yaml\n".count)).replacing("{ file: /run/secrets/shipping }", with: "{ env: TOKEN }")
            let environment = ["INVENTORY_TOKEN": "t", "TOKEN": "t"]
            #expect(errors(text, environment).isEmpty && warnings(text, environment).isEmpty, "\(text)")
        }
    }
}
