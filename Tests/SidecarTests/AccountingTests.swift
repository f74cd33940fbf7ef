import Exchange
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Sidecar

/// The invariant: every delivery that was opened is delivered, dead or skipped, and what the sidecar counts is what the
/// upstreams saw, whatever they do.
@Suite(.timeLimit(.minutes(3)))
struct AccountingTests {
    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 1, 2])
    func everyDeliveryEndsOnceUnderMixedConduct(seed: UInt64) async throws {
        print("seed \(seed)")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let inventory = try await TestUpstream.start(on: group) { _ in .answer(200) }
        let shipping = try await TestUpstream.start(on: group) { request in
            // Decided by the request itself, so that a seed tells the whole run.
            switch (request.target.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) } >> 7) % 10 {
            case 0: .answer(500)
            case 1: .answer(429)
            case 2: .reset
            case 3: .cutShort
            case 4: .hang
            case 5: .answer(404)
            default: .answer(201)
            }
        }
        var settings = Settings.twoUpstreams(inventory.port, shipping.port)
        settings.upstreams[1].timeouts.firstByte = .milliseconds(200)
        settings.limits.mirrorCalls = 8
        let sidecar = try await Sidecar(settings, configuration: "{}")

        let count = 300
        let statuses = try await send(count, to: sidecar.listen, on: group)
        #expect(statuses == [200: count])
        await sidecar.shutDown()

        let page = Exposition(sidecar.metrics)
        #expect(inventory.requests.count == count)
        #expect(page["pantograph_exchange_duration_seconds_count"] == Double(count))
        #expect(page["pantograph_deliveries_total", "upstream=\"inventory\"", "result=\"delivered\""] == Double(count))
        let settled = page["pantograph_deliveries_total", "upstream=\"shipping\""]
        let skipped = page["pantograph_deliveries_total", "upstream=\"shipping\"", "result=\"skipped\""]
        #expect(settled == Double(count))
        #expect(skipped == page["pantograph_deliveries_skipped_total", "upstream=\"shipping\""])
        #expect(Double(shipping.requests.count) == settled - skipped)
        #expect(page["pantograph_upstream_attempt_duration_seconds_count", "upstream=\"shipping\""] == settled - skipped)
        #expect(page["pantograph_deliveries_pending"] == 0)
        try await group.shutdownGracefully()
    }

    @Test func retriesOfAMirrorAreAttemptsOfOneDelivery() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let inventory = try await TestUpstream.start(on: group) { _ in .answer(200) }
        let shipping = try await TestUpstream.start(on: group) { _ in .answer(503) }
        var settings = Settings.twoUpstreams(inventory.port, shipping.port)
        var retry = RetrySettings()
        (retry.attempts, retry.backoff) = (3, .milliseconds(5))
        settings.upstreams[1].retry = retry
        settings.upstreams[1].idempotency.generate = true
        let sidecar = try await Sidecar(settings, configuration: "{}")

        #expect(try await send(5, to: sidecar.listen, on: group) == [200: 5])
        await sidecar.shutDown()

        let page = Exposition(sidecar.metrics)
        #expect(shipping.requests.count == 15)
        #expect(page["pantograph_retries_total", "upstream=\"shipping\"", "class=\"http_5xx\""] == 10)
        #expect(page["pantograph_deliveries_total", "upstream=\"shipping\"", "result=\"dead\""] == 5)
        let keys = Set(shipping.requests.compactMap { request in request.headers.first { $0.0.lowercased() == "idempotency-key" }?.1 })
        #expect(keys.count == 5)
        let parents = Set(shipping.requests.compactMap { request in request.headers.first { $0.0 == "traceparent" }?.1 })
        #expect(parents.count == 15)
        try await group.shutdownGracefully()
    }

    /// The answers' statuses, counted. Bounded by the test's own time limit.
    private func send(_ count: Int, to address: ListenAddress, on group: any EventLoopGroup) async throws -> [Int: Int] {
        guard case .ip(let host, let port) = address else { return [:] }
        return try await withThrowingTaskGroup(of: [Int: Int].self) { tasks in
            for lane in 0..<4 {
                tasks.addTask {
                    let client = try await TestClient.connect(host: host, port: port, on: group)
                    var statuses: [Int: Int] = [:]
                    for number in stride(from: lane, to: count, by: 4) {
                        statuses[try await client.post("/orders/\(number)", body: "order \(number)"), default: 0] += 1
                    }
                    try await client.close()
                    return statuses
                }
            }
            return try await tasks.reduce(into: [:]) { all, some in all.merge(some, uniquingKeysWith: +) }
        }
    }
}

extension Settings {
    /// Everything to inventory, mirrored to shipping, with nothing exported.
    static func twoUpstreams(_ inventory: Int, _ shipping: Int) -> Settings {
        var settings = Settings(
            upstreams: [("inventory", inventory), ("shipping", shipping)].map { name, port in
                UpstreamSettings(name: name, url: BaseURL(scheme: "http", host: "127.0.0.1", port: port, pathPrefix: ""))
            },
            routes: [RouteSettings(name: "all", path: "/**", primary: UpstreamID(0), mirrors: [UpstreamID(1)])])
        settings.listen = .ip(host: "127.0.0.1", port: 0)
        settings.admin.listen = .ip(host: "127.0.0.1", port: 0)
        settings.telemetry.otlp = nil
        settings.telemetry.log.level = .error
        settings.threads = 2
        return settings
    }
}
