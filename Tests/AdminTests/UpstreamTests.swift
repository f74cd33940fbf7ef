import Exchange
import Foundation
import Testing

@testable import Admin

@Suite struct UpstreamTests {
    @Test func anUpstreamShowsHowItStands() async throws {
        var inventory = UpstreamStanding(
            name: "inventory", url: "https://user:hush@inventory.test/v2", routes: [("orders", .primary), ("rest", .mirror)])
        inventory.breaker = .halfOpen
        inventory.healthy = false
        inventory.pausedFor = 12.5
        inventory.quotaRemaining = 3
        inventory.inFlight = 2
        inventory.connections = 4
        inventory.pending = 1200
        inventory.oldestPendingAt = Sample.ago(60)
        inventory.lag = 60
        inventory.deadLetters = 5
        inventory.latency = [.primary: .init(p50: 0.0123456789, p90: 0.02, p95: 0.03, p99: .nan)]
        inventory.errors = [.http5xx: 7, .dns: 1]
        inventory.rateLimited = 9
        try await withStage(upstreams: [inventory, UpstreamStanding(name: "shipping", url: "http://s.test")]) { stage async throws in
            let reply = try await stage.get("/api/upstreams")
            #expect(reply.status == 200 && !reply.body.contains("hush"))
            let upstreams = try #require(reply.document["upstreams"] as? [[String: Any]])
            #expect(upstreams.map { $0["name"] as? String } == ["inventory", "shipping"])
            let first = upstreams[0]
            #expect(first["url"] as? String == "https://REDACTED:REDACTED@inventory.test/v2")
            #expect(first["routes"] as? [String: String] == ["orders": "primary", "rest": "mirror"])
            #expect(first["breaker"] as? String == "half_open" && first["paused_for_s"] as? Double == 12.5)
            #expect(first["healthy"] as? Bool == false && upstreams[1]["healthy"] is NSNull)
            #expect(first["quota_remaining"] as? Int == 3 && first["in_flight"] as? Int == 2 && first["connections"] as? Int == 4)
            #expect(first["pending"] as? Int == 1200 && first["lag_s"] as? Double == 60 && first["dead_letters"] as? Int == 5)
            #expect(first["oldest_pending_at"] as? String == "2026-11-24T06:24:22.004Z")
            let latency = try #require((first["latency"] as? [String: [String: Any]])?["primary"])
            #expect(latency["p50"] as? Double == 0.012346 && latency["p90"] as? Double == 0.02 && latency["p99"] is NSNull)
            #expect(first["errors"] as? [String: Int] == ["dns": 1, "http_5xx": 7] && first["rate_limited"] as? Int == 9)
            let second = upstreams[1]
            #expect(second["breaker"] is NSNull && second["paused_for_s"] is NSNull && second["quota_remaining"] is NSNull)
            #expect(second["pending"] as? Int == 0 && (second["latency"] as? [String: Any])?.isEmpty == true)
        }
    }

    @Test func thereIsNoParameter() async throws {
        try await withStage { stage async throws in
            #expect(try await stage.get("/api/upstreams?name=a").status == 400)
        }
    }

    @Test func percentilesOfNothingAreLeftOut() {
        let latency = UpstreamStanding.Latency([(0.5, .nan), (0.9, .nan), (0.99, 0.25), (0.999, 1)])
        #expect(latency == UpstreamStanding.Latency(p99: 0.25))
    }
}
