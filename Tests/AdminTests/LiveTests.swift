import Exchange
import Foundation
import Spool
import Telemetry
import Testing

@testable import Admin

@Suite struct LiveTests {
    private static let start = Moment(wall: Sample.ago(60), monotonic: MonotonicTime(nanoseconds: 100_000_000_000))

    private static func telemetry() -> Telemetry {
        let upstreams = ["inventory", "shipping"].map {
            UpstreamSettings(name: $0, url: BaseURL(scheme: "http", host: "127.0.0.1", port: 9, pathPrefix: ""))
        }
        let route = RouteSettings(name: "orders", path: "/**", primary: UpstreamID(0), mirrors: [UpstreamID(1)])
        var settings = Settings(upstreams: upstreams, routes: [route])
        settings.telemetry.otlp = nil
        return Telemetry(settings, version: "1", logDescriptor: -1)
    }

    /// An exchange that took 4 ms: its primary was delivered, its mirror died of a 503.
    private static func end(_ number: UInt64, in telemetry: Telemetry, status: Int = 201, route: RouteID? = RouteID(0)) {
        let request = RequestHead(method: "POST", target: "/orders?sig=hush&page=2", headers: Headers(), bodyLength: .none)
        let story = ExchangeStory(
            id: Sample.id(number), route: route, request: request, startedAt: start, trace: Sample.exchange(number).trace, parentSpanID: nil)
        let recorder = telemetry.makeRecorder()
        for (upstream, role) in [(0, Role.primary), (1, .mirror)] where route != nil {
            var outcome = AttemptOutcome(startedAt: start.monotonic.advanced(by: .milliseconds(1)))
            outcome.firstByteAt = outcome.startedAt.advanced(by: .milliseconds(1))
            outcome.endedAt = outcome.startedAt.advanced(by: .milliseconds(2))
            outcome.status = role == .primary ? 201 : 503
            outcome.errorClass = role == .primary ? nil : .http5xx
            recorder.attemptEnded(
                AttemptRecord(
                    story: story, upstream: UpstreamID(upstream), role: role, spanID: story.trace.spanID, target: "/orders", resendCount: 0,
                    outcome: outcome, deliveryResult: role == .primary ? .delivered : .dead))
        }
        recorder.exchangeEnded(
            ExchangeRecord(
                story: story, endedAt: start.monotonic.advanced(by: .milliseconds(4)), status: status, errorClass: nil, requestBodyBytes: 3,
                responseBodyBytes: 5, events: []))
    }

    private func ids(_ reply: Reply) throws -> [String] {
        try #require(reply.document["exchanges"] as? [[String: Any]]).compactMap { $0["id"] as? String }
    }

    // MARK: Exchanges

    @Test func withoutASpoolRecentExchangesAreShown() async throws {
        let telemetry = LiveTests.telemetry()
        LiveTests.end(1, in: telemetry)
        try await withStage(live: LiveSources(telemetry)) { stage async throws in
            let reply = try await stage.get("/api/exchanges/\(Sample.id(1))")
            #expect(reply.status == 200 && !reply.body.contains("hush"))
            let document = try reply.document
            #expect(document["status"] as? Int == 201 && document["class"] is NSNull && document["duration_ms"] as? Double == 4)
            #expect(document["request_bytes"] as? Int == 3 && document["response_bytes"] as? Int == 5)
            #expect(document["received_at"] as? String == "2026-11-24T06:24:22.004Z" && document["finished_at"] is String)
            let deliveries = try #require(document["deliveries"] as? [String: [String: Any]])
            let mirror = try #require(deliveries["shipping"])
            #expect(deliveries.count == 2 && mirror["role"] as? String == "mirror" && mirror["state"] as? String == "dead")
            #expect(mirror["attempts"] as? Int == 1 && mirror["last_class"] as? String == "http_5xx" && mirror["last_status"] as? Int == 503)
            #expect(mirror["dead_letter_id"] == nil && mirror["duration_ms"] as? Double == 2)
            let attempt = try #require((mirror["history"] as? [[String: Any]])?.first)
            #expect(attempt["offset_ms"] as? Double == 1 && attempt["first_byte_ms"] as? Double == 1 && attempt["number"] as? Int == 1)
            let list = try await stage.get("/api/exchanges")
            #expect(try ids(list) == ["\(Sample.id(1))"] && !list.body.contains("history"))
            #expect(try await stage.get("/api/exchanges/\(Sample.id(2))").status == 404)
        }
    }

    @Test func whereBothKnowAnExchangeTheSpoolsWordCountsAndTheRestIsAdded() async throws {
        let telemetry = LiveTests.telemetry()
        LiveTests.end(7, in: telemetry)
        let view = Sample.view(7, [Sample.delivery(70, "shipping", .pending, attempts: 3, settledAt: nil)])
        try await withStage(Shelf(exchanges: [view]), live: LiveSources(telemetry)) { stage async throws in
            let document = try await stage.get("/api/exchanges/\(Sample.id(7))").document
            let deliveries = try #require(document["deliveries"] as? [String: [String: Any]])
            #expect(deliveries["shipping"]?["state"] as? String == "pending" && deliveries["shipping"]?["attempts"] as? Int == 3)
            #expect(deliveries["inventory"]?["state"] as? String == "delivered" && document["status"] as? Int == 201)
            #expect(document["finished_at"] is NSNull)
        }
    }

    /// The spool keeps what failed, memory for a while all of it: whoever knows of more attempts tells them.
    @Test func theHistoryIsOfThatWhichRemembersMore() async throws {
        let telemetry = LiveTests.telemetry()
        LiveTests.end(7, in: telemetry)
        let failed = Sample.delivery(71, "shipping", .dead, attempts: 2, entries: [Sample.attempt(1), Sample.attempt(2)])
        let view = Sample.view(7, [Sample.delivery(70, "inventory", .delivered), failed])
        try await withStage(Shelf(exchanges: [view]), live: LiveSources(telemetry)) { stage async throws in
            let deliveries = try await stage.get("/api/exchanges/\(Sample.id(7))").document["deliveries"] as? [String: [String: Any]]
            let delivered = try #require(deliveries?["inventory"]?["history"] as? [[String: Any]])
            #expect(delivered.map { $0["status"] as? Int } == [201] && delivered.map { $0["offset_ms"] as? Double } == [1])
            let dead = try #require(deliveries?["shipping"]?["history"] as? [[String: Any]])
            #expect(dead.map { $0["number"] as? Int } == [1, 2])
        }
    }

    @Test(arguments: [
        ("", [5, 4, 3, 2, 1]), ("state=dead", [5, 3]), ("state=delivered", [5, 4, 3, 2, 1]), ("upstream=inventory&state=delivered", [5, 4, 3, 2, 1]),
        ("upstream=shipping&state=dead", [5, 3]), ("upstream=shipping&state=delivered", [2]), ("class=http_5xx", [5, 3]), ("route=returns", []),
        ("before=\(Sample.id(4))", [3, 2, 1]), ("limit=2", [5, 4]), ("upstream=nobody", []),
    ] as [(String, [UInt64])])
    func filtersAndPagesSpanBoth(_ query: String, _ expected: [UInt64]) async throws {
        let telemetry = LiveTests.telemetry()
        // 2 is known to both: in memory its mirror is dead, in the spool it has been replayed since.
        for number in [2, 3, 5] as [UInt64] { LiveTests.end(number, in: telemetry) }
        let replayed = Sample.view(2, [Sample.delivery(20, "shipping", .delivered)])
        try await withStage(Shelf(exchanges: [Sample.view(1), replayed, Sample.view(4)]), live: LiveSources(telemetry)) { stage async throws in
            #expect(try ids(await stage.get("/api/exchanges?\(query)")) == expected.map { "\(Sample.id($0))" })
        }
    }

    @Test func pagesFollowEachOtherOverBoth() async throws {
        let telemetry = LiveTests.telemetry()
        for number in [1, 3, 5, 6] as [UInt64] { LiveTests.end(number, in: telemetry) }
        try await withStage(Shelf(exchanges: [2, 4, 6].map { Sample.view($0) }), live: LiveSources(telemetry)) { stage async throws in
            var (seen, next) = ([String](), Optional("/api/exchanges?limit=2"))
            while let target = next {
                let reply = try await stage.get(target)
                seen += try ids(reply)
                next = try reply.document["next"] as? String
            }
            #expect(seen == (1...6 as ClosedRange<UInt64>).reversed().map { "\(Sample.id($0))" })
        }
    }

    // MARK: History

    @Test func historyIsEmptyBeforeItsFirstInterval() async throws {
        try await withStage(live: LiveSources(LiveTests.telemetry())) { stage async throws in
            let document = try await stage.get("/api/history").document
            #expect(document["interval_s"] as? Int == 10 && (document["points"] as? [Any])?.isEmpty == true)
            #expect(try await stage.get("/api/history?since=1").status == 400)
        }
    }

    // MARK: The tap

    /// Follows until the listener shuts down, which it does once the stream has begun and `work` is done.
    private func followed(_ query: String, _ fields: [String], _ work: @Sendable (Telemetry) -> Void) async throws -> Reply {
        let telemetry = LiveTests.telemetry()
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let (told, telling) = AsyncStream.makeStream(of: Void.self)
        var live = LiveSources(telemetry)
        live.follow = { filter, wake in
            defer { beginning.yield() }
            return telemetry.follow(filter) {
                wake()
                telling.yield()
            }
        }
        let stage = try await Stage(live: live)
        let peer = try Peer(stage.address)
        await peer.send(stage.request("GET", "/api/tap\(query)", fields: fields))
        for await _ in begun { break }
        work(telemetry)
        for await _ in told { break }
        await stage.stop()
        return try Reply(await peer.receiveAll())
    }

    @Test func theTapIsAStreamOfLinesThatEndsWithTheListener() async throws {
        let reply = try await followed("?upstream=shipping&class=http_5xx&min_ms=4", []) { telemetry in
            LiveTests.end(1, in: telemetry, route: nil)
            LiveTests.end(2, in: telemetry)
        }
        #expect(reply.status == 200 && reply.fields["content-type"] == "application/x-ndjson")
        #expect(reply.fields["transfer-encoding"] == "chunked" && reply.body.hasSuffix("\r\n0\r\n\r\n"))
        #expect(reply.body.contains("\r\n{\"id\":\"\(Sample.id(2))\"") && reply.body.contains("\"history\":[{"))
        #expect(reply.body.components(separatedBy: "\"received_at\"").count == 2, "one line")
        #expect(!reply.body.contains("hush"))
    }

    @Test func byAcceptItIsServerSentEvents() async throws {
        let reply = try await followed("", ["Accept: text/event-stream"]) { LiveTests.end(1, in: $0, route: nil) }
        #expect(reply.fields["content-type"] == "text/event-stream")
        #expect(reply.body.contains(":\n\n") && reply.body.contains("data: {\"id\":\"\(Sample.id(1))\"") && reply.body.contains("}\n\n"))
    }

    @Test(arguments: [("class=http5xx", "class"), ("min_ms=soon", "min_ms"), ("min_ms=-1", "min_ms"), ("min_ms=nan", "min_ms"), ("state=dead", "state")])
    func aTapThatCanNotBeUnderstoodIs400(_ query: String, _ name: String) async throws {
        try await withStage(live: LiveSources(LiveTests.telemetry())) { stage async throws in
            let reply = try await stage.get("/api/tap?\(query)")
            #expect(reply.status == 400)
            #expect(try reply.detail.hasPrefix(name))
        }
    }

    @Test func aNinthListenerIsRefused() async throws {
        let telemetry = LiveTests.telemetry()
        let others = (0..<8).map { _ in telemetry.follow(RecentFilter()) {} }
        try await withStage(live: LiveSources(telemetry)) { stage async throws in
            #expect(try await stage.get("/api/tap").status == 503)
        }
        for other in others { other?.cancel() }
    }
}
