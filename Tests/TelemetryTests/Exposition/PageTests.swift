import Exchange
import Testing
@testable import Telemetry

@Suite struct PageTests {
    /// What is there before the first call: enough for `rate()` to see the first event, and no code or method made up.
    @Test func theFirstScrape() throws {
        let settings = Fixture.settings { $0.upstreams[1].retry = RetrySettings() }
        let samples = try Fixture.telemetry(settings).samples()
        let count = { (name: String) in samples.named(name).count }
        #expect(count("pantograph_upstream_rate_limited_total") == 2)
        #expect(count("pantograph_upstream_errors_total") == 2 * ErrorClass.onTheWire.count)
        #expect(count("pantograph_deliveries_total") == 4 * DeliveryResult.allCases.count)
        #expect(count("pantograph_deliveries_skipped_total") == SkipReason.allCases.count)
        #expect(count("pantograph_deliveries_pending") == 2)
        #expect(count("pantograph_delivery_lag_seconds") == 2)
        #expect(count("pantograph_retries_total") == ErrorClass.repeatable.count)
        #expect(count("pantograph_upstream_latency_seconds") == 2 * Scrape.quantiles.count)
        #expect(count("pantograph_upstream_responses_total") == 0)
        #expect(count("pantograph_exchange_duration_seconds_bucket") == 0)
        #expect(samples.named("pantograph_upstream_latency_seconds").allSatisfy { $0.value.isNaN })
        #expect(samples.all.filter { $0.name.hasPrefix("pantograph_") && !$0.value.isNaN && $0.value != 0 }.map(\.name) == ["pantograph_build_info"])
        #expect(samples.named("pantograph_build_info")[0].labels["version"] == "1.2.3")
        #expect(samples.named("pantograph_build_info")[0].labels["swift"]?.isEmpty == false)
    }

    private func busy() -> Telemetry {
        let telemetry = Fixture.telemetry(
            Fixture.settings {
                $0.telemetry.otlp = OTLPSettings()
                $0.upstreams[0].retry = RetrySettings()
            })
        telemetry.setGauges { _ in UpstreamGauges(inFlight: 1, connections: 2) }
        let recorders = [telemetry.makeRecorder(), telemetry.makeRecorder()]
        var random = SeededGenerator(seed: 3)
        for number in 1...400 as ClosedRange<UInt64> {
            let recorder = recorders[Int(number % 2)]
            let story = Fixture.story(
                ["GET", "POST", "BREW"].randomElement(using: &random)!, route: [nil, Fixture.orders, Fixture.everythingElse].randomElement(using: &random)!,
                isSampled: number % 4 == 0, number: number)
            let status = [200, 204, 404, 429, 503, nil].randomElement(using: &random)!
            let seconds = Double(random.next() % 12_000) / 1000
            recorder.attemptEnded(
                Fixture.attempt(
                    UpstreamID(Int(number % 2)), number % 2 == 0 ? .primary : .mirror, story, status: status,
                    errorClass: status.map(ErrorClass.init(status:)) ?? .reset, seconds: seconds))
            recorder.exchangeEnded(Fixture.exchange(story, status: status, seconds: seconds))
            let token = recorder.deliveryOpened(upstream: Fixture.shipping, at: Fixture.after(0))
            if number % 3 > 0 {
                recorder.deliverySettled(token, route: Fixture.orders, role: .mirror, result: .delivered, reason: nil, at: Fixture.after(seconds))
            }
        }
        return telemetry
    }

    @Test(arguments: [nil, Telemetry.openMetrics]) func histogramsAreWhole(_ accept: String?) throws {
        let samples = try busy().samples(accept)
        let histograms = samples.types.filter { $0.value == "histogram" }.map(\.key)
        #expect(histograms.count == 4)
        for name in histograms {
            let bySeries = Dictionary(grouping: samples.named(name + "_bucket")) { $0.labels.filter { $0.key != "le" } }
            #expect(!bySeries.isEmpty)
            for (labels, buckets) in bySeries {
                let bounds = name == "pantograph_delivery_duration_seconds" ? Histogram.longBounds : Histogram.bounds
                #expect(buckets.count == bounds.count + 1)
                #expect(buckets.map(\.value) == buckets.map(\.value).sorted())
                #expect(buckets.last?.labels["le"] == "+Inf")
                #expect(samples.value(name + "_count", labels) == buckets.last?.value)
                #expect(samples.value(name + "_sum", labels) != nil)
            }
        }
    }

    @Test func bothFormatsTellTheSame() throws {
        let telemetry = busy()
        let (text, open) = (try telemetry.samples(), try telemetry.samples(Telemetry.openMetrics))
        let plain = { (sample: Sample) -> String in
            let labels = sample.labels.mapValues { Double($0).map { "\($0)" } ?? $0 }.sorted { $0.key < $1.key }
            return "\(sample.name) \(labels) \(sample.value)"
        }
        let ours = { (samples: Samples) in samples.all.filter { $0.name.hasPrefix("pantograph_") }.map(plain) }
        #expect(ours(text) == ours(open))
        #expect(text.all.allSatisfy { $0.exemplar == nil })
        #expect(Set(open.types.keys) == Set(text.types.map { $0.value == "counter" ? String($0.key.dropLast("_total".count)) : $0.key }))
    }

    @Test func exemplarsNameSampledTracesOnHistogramsThatHaveThem() throws {
        let open = try busy().samples(Telemetry.openMetrics)
        let carrying = open.all.filter { $0.exemplar != nil }
        #expect(Set(carrying.map(\.name)) == ["pantograph_exchange_duration_seconds_bucket", "pantograph_upstream_attempt_duration_seconds_bucket"])
        for sample in carrying {
            let exemplar = try #require(sample.exemplar)
            let match = try #require(exemplar.wholeMatch(of: /\{trace_id="0{12}a000([0-9a-f]{16})",span_id="([0-9a-f]{16})"\} ([0-9.]+) ([0-9]+\.[0-9]{3})/))
            let number = try #require(UInt64(match.1, radix: 16))
            #expect(number % 4 == 0)
            #expect(try #require(Double(match.3)) <= Double(try #require(sample.labels["le"])) ?? .infinity)
            #expect(try #require(Double(match.4)) >= 1_795_501_522.004)
        }
    }

    @Test func namesThatNeedEscapingStayWhole() throws {
        let names = ["in\"ven\\tory", "ship\nping"]
        let telemetry = Fixture.telemetry(Fixture.settings(upstreams: names))
        telemetry.makeRecorder().attemptEnded(Fixture.attempt())
        for accept in [nil, Telemetry.openMetrics] {
            let samples = try telemetry.samples(accept)
            #expect(samples.value("pantograph_upstream_responses_total", ["upstream": names[0], "code": "200"]) == 1)
            #expect(Set(samples.named("pantograph_deliveries_pending").map(\.labels["upstream"])) == Set(names))
        }
    }

    @Test func featuresThatAreNotThereAreNotExposed() throws {
        let samples = try busy().samples()
        for word in ["quota", "breaker_state", "agreement", "spool", "dead_letters"] {
            #expect(!samples.order.contains { $0.contains(word) })
        }
        #expect(samples.order.filter { $0.hasPrefix("process_") }.count == 6)
    }

    /// What `promtool check metrics` finds fault with, of every family there is.
    @Test func namesKeepToPrometheusRules() throws {
        let telemetry = busy()
        telemetry.setGauges { _ in UpstreamGauges(inFlight: 1, connections: 2, breaker: 1, quotaRemaining: 3, deadLetters: 4) }
        telemetry.setSpoolGauges { SpoolGauges(bytes: 1, maxBytes: 2) }
        telemetry.spoolCommitted(operations: 1, nanoseconds: 1)
        let types = try telemetry.samples().types
        // All but the duration of requests to a collector: there was none.
        #expect(types.keys.filter { $0.hasPrefix("pantograph_") }.count == 28)
        for (name, type) in types {
            #expect(name.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil, "\(name)")
            #expect(name.hasSuffix("_total") == (type == "counter"), "\(name)")
            #expect(name.hasSuffix("_seconds") || type != "histogram" && type != "summary", "\(name)")
            for word in name.split(separator: "_") {
                #expect(!["count", "sum", "bucket", "counter", "gauge", "histogram", "summary", "ms", "milliseconds", "kb", "percent"].contains(word), "\(name)")
            }
        }
    }

    @Test func aMirrorThatIsAlsoAPrimaryHasBothLegs() throws {
        let settings = Fixture.settings {
            $0.routes[1] = RouteSettings(name: "back", path: "/**", primary: Fixture.shipping, mirrors: [Fixture.inventory])
        }
        let legs = try Fixture.telemetry(settings).samples().named("pantograph_upstream_rate_limited_total").map(\.labels)
        #expect(legs.count == 4)
        #expect(Set(legs).count == 4)
    }
}
