import Exchange
import Foundation
import Synchronization
import Testing
@testable import Telemetry

/// Something that one task tells the others.
private final class Flag: Sendable {
    let isSet = Atomic(false)
}

@Suite struct RecorderTests {
    private func leg(_ upstream: String, _ role: String, _ more: [String: String] = [:]) -> [String: String] {
        ["upstream": upstream, "role": role].merging(more) { $1 }
    }

    @Test func anExchangeCountsUnderItsRouteMethodAndCode() throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        recorder.exchangeEnded(Fixture.exchange(Fixture.story("POST", route: Fixture.orders), status: 201, seconds: 0.25))
        recorder.exchangeEnded(Fixture.exchange(Fixture.story("GET", route: nil), status: 404, errorClass: .noRoute))
        recorder.exchangeEnded(Fixture.exchange(Fixture.story("GET"), status: nil, errorClass: .cancelled))
        let samples = try telemetry.samples()
        let count = "pantograph_exchange_duration_seconds_count"
        #expect(samples.value(count, ["route": "orders", "method": "POST", "code": "201"]) == 1)
        #expect(samples.value("pantograph_exchange_duration_seconds_sum", ["method": "POST"]) == 0.25)
        #expect(samples.value(count, ["route": "", "method": "GET", "code": "404"]) == 1)
        #expect(samples.value(count, ["route": "orders", "method": "GET", "code": "499"]) == 1)
        #expect(samples.sum(count) == 3)
    }

    /// What an attempt's end adds, as product.md has it: status line and error are counted each on its own.
    @Test(arguments: [
        (200, nil, "success"), (404, .http4xx, "http_4xx"), (429, .http429, "http_429"), (503, .http5xx, "http_5xx"),
        (200, .reset, "reset"), (429, .reset, "reset"), (nil, .connectRefused, "connect_refused"), (200, .totalTimeout, "total_timeout"),
        (304, nil, "success"),
    ] as [(Int?, ErrorClass?, String)])
    func anAttemptCountsAsAnsweredAndAsFailed(_ status: Int?, _ errorClass: ErrorClass?, _ outcome: String) throws {
        let telemetry = Fixture.telemetry()
        telemetry.makeRecorder().attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, status: status, errorClass: errorClass))
        let samples = try telemetry.samples()
        let responses = samples.named("pantograph_upstream_responses_total")
        #expect(responses.map(\.labels) == (status.map { [leg("shipping", "mirror", ["code": String($0)])] } ?? []))
        #expect(samples.sum("pantograph_upstream_errors_total") == (errorClass == nil ? 0 : 1))
        if let errorClass {
            #expect(samples.value("pantograph_upstream_errors_total", leg("shipping", "mirror", ["class": errorClass.rawValue])) == 1)
        }
        #expect(samples.value("pantograph_upstream_rate_limited_total", leg("shipping", "mirror")) == (status == 429 ? 1 : 0))
        #expect(samples.value("pantograph_upstream_rate_limited_total", leg("inventory", "primary")) == 0)
        #expect(samples.value("pantograph_upstream_attempt_duration_seconds_count", leg("shipping", "mirror", ["outcome": outcome])) == 1)
        #expect(samples.value("pantograph_upstream_latency_seconds_count", leg("shipping", "mirror")) == 1)
        #expect(samples.value("pantograph_upstream_latency_seconds_sum", leg("shipping", "mirror")) == 0.003)
    }

    @Test func firstByteCountsOnlyWhereOneCame() throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        recorder.attemptEnded(Fixture.attempt(firstByte: 0.002))
        recorder.attemptEnded(Fixture.attempt(status: nil, errorClass: .firstByteTimeout, firstByte: nil))
        let samples = try telemetry.samples()
        #expect(samples.value("pantograph_upstream_first_byte_seconds_count", leg("inventory", "primary")) == 1)
        #expect(samples.value("pantograph_upstream_first_byte_seconds_sum", leg("inventory", "primary")) == 0.002)
    }

    @Test func percentilesCoverEveryLoopAndTheLastMinuteAlone() throws {
        let now = Mutex(Fixture.after(1))
        let telemetry = Telemetry(Fixture.settings(), version: "1", logDescriptor: -1, now: { now.withLock { $0 } })
        let recorders = [telemetry.makeRecorder(), telemetry.makeRecorder()]
        for number in 0..<100 { recorders[number % 2].attemptEnded(Fixture.attempt(seconds: Double(number + 1) / 1000)) }
        let median = { try telemetry.samples().value("pantograph_upstream_latency_seconds", ["upstream": "inventory", "quantile": "0.5"]) }
        #expect(abs(try #require(try median()) - 0.050) < 0.0005)
        now.withLock { $0 = Fixture.after(120) }
        #expect(try #require(try median()).isNaN)
        #expect(try telemetry.samples().value("pantograph_upstream_latency_seconds_count", leg("inventory", "primary")) == 100)
    }

    @Test func retriesAndRefusedConnectionsCount() throws {
        let telemetry = Fixture.telemetry(Fixture.settings { $0.upstreams[1].retry = RetrySettings() })
        let recorder = telemetry.makeRecorder()
        recorder.retryScheduled(upstream: Fixture.shipping, errorClass: .http5xx)
        recorder.retryScheduled(upstream: Fixture.shipping, errorClass: .http5xx)
        recorder.retryScheduled(upstream: UpstreamID(9), errorClass: .http5xx)
        recorder.connectionRefused()
        let samples = try telemetry.samples()
        #expect(samples.value("pantograph_retries_total", ["upstream": "shipping", "class": "http_5xx"]) == 2)
        #expect(samples.value("pantograph_retries_total", ["upstream": "shipping", "class": "reset"]) == 0)
        #expect(samples.named("pantograph_retries_total").allSatisfy { $0.labels["upstream"] == "shipping" })
        #expect(samples.value("pantograph_connections_refused_total") == 1)
    }

    @Test func gaugesAreReadAtEachScrape() throws {
        let telemetry = Fixture.telemetry()
        #expect(try telemetry.samples().named("pantograph_upstream_in_flight").isEmpty)
        let busy = Mutex(3)
        telemetry.setGauges { upstream in
            UpstreamGauges(inFlight: busy.withLock { $0 } + upstream.index, connections: 10 * (upstream.index + 1))
        }
        #expect(try telemetry.samples().named("pantograph_upstream_in_flight").map(\.value) == [3, 4])
        busy.withLock { $0 = 0 }
        #expect(try telemetry.samples().named("pantograph_upstream_in_flight").map(\.value) == [0, 1])
        #expect(try telemetry.samples().named("pantograph_upstream_connections").map(\.value) == [10, 20])
    }

    /// One span may wait for the export, which has not begun: of what is offered beyond, each is counted as dropped.
    @Test func onlySampledRecordsGoOnToBecomeSpans() throws {
        let telemetry = Fixture.telemetry(
            Fixture.settings {
                $0.telemetry.otlp = OTLPSettings()
                $0.telemetry.otlp?.queue = 1
            })
        let recorder = telemetry.makeRecorder()
        let record = { (isSampled: Bool) in
            let story = Fixture.story(isSampled: isSampled)
            recorder.attemptEnded(Fixture.attempt(Fixture.inventory, .primary, story, result: .delivered))
            recorder.exchangeEnded(Fixture.exchange(story))
        }
        let dropped = { try telemetry.samples().value("pantograph_otlp_spans_total", ["result": "dropped"]) }
        for _ in 0..<3 { record(true) }
        #expect(try dropped() == 5)
        for _ in 0..<3 { record(false) }
        #expect(try dropped() == 5)
    }

    /// Several loops record while others scrape: nothing is lost, and what a scrape sees never goes back.
    @Test(.timeLimit(.minutes(1))) func countsAreExactUnderConcurrentScrapes() async throws {
        let telemetry = Fixture.telemetry()
        let (loops, rounds) = (4, 3_000)
        let over = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for loop in 0..<loops {
                group.addTask {
                    let recorder = telemetry.makeRecorder()
                    for round in 0..<rounds {
                        let story = Fixture.story(isSampled: round % 3 == 0, number: UInt64(loop * rounds + round + 1))
                        let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: story.startedAt.monotonic)
                        recorder.attemptEnded(Fixture.attempt(Fixture.inventory, .primary, story))
                        recorder.attemptEnded(Fixture.attempt(Fixture.shipping, .mirror, story, status: 503, errorClass: .http5xx))
                        recorder.exchangeEnded(Fixture.exchange(story))
                        let result = DeliveryResult.allCases[round % 3]
                        recorder.deliverySettled(
                            token, route: Fixture.orders, role: .mirror, result: result, reason: result == .skipped ? .shutdown : nil,
                            at: Fixture.after(0.5))
                    }
                }
            }
            let scraper = Task.detached {
                var (last, scrapes) = (0.0, 0)
                repeat {
                    let samples = try telemetry.samples(Telemetry.openMetrics)
                    let count = samples.sum("pantograph_exchange_duration_seconds_count")
                    #expect(count >= last)
                    for bucket in samples.named("pantograph_exchange_duration_seconds_bucket") where bucket.labels["le"] == "+Inf" {
                        #expect(bucket.value == count)
                    }
                    (last, scrapes) = (count, scrapes + 1)
                } while !over.isSet.load(ordering: .relaxed)
                return scrapes
            }
            try await group.waitForAll()
            over.isSet.store(true, ordering: .relaxed)
            #expect(try await scraper.value > 0)
        }
        let samples = try telemetry.samples()
        let all = Double(loops * rounds)
        #expect(samples.sum("pantograph_exchange_duration_seconds_count") == all)
        #expect(samples.sum("pantograph_upstream_responses_total", ["code": "200"]) == all)
        #expect(samples.sum("pantograph_upstream_errors_total", ["class": "http_5xx"]) == all)
        #expect(samples.sum("pantograph_upstream_latency_seconds_count") == 2 * all)
        #expect(samples.sum("pantograph_deliveries_total") == all)
        #expect(samples.sum("pantograph_deliveries_skipped_total") == all / 3)
        #expect(samples.sum("pantograph_deliveries_pending") == 0)
    }
}
