import Exchange
import Testing

@testable import Configuration

@Suite struct LimitsSectionTests {
    private func limits(_ text: String) throws -> Limits { try checked(twoUpstreams + "limits: \(text)\n").settings.limits }

    @Test func everyKey() throws {
        let limits = try limits(
            """
            { connections: 1, headers: { bytes: 2KiB, count: 3 }, body: 4KB, mirror: { body: 5, memory: 6, calls: 7 }, \
            header_timeout: 8s, body_timeout: 9s, idle_timeout: 10s }
            """)
        #expect(limits.connections == 1 && limits.headerBytes == 2048 && limits.headerCount == 3 && limits.body == 4000)
        #expect(limits.mirrorBody == 5 && limits.mirrorMemory == 6 && limits.mirrorCalls == 7)
        #expect(limits.headerTimeout == .seconds(8) && limits.bodyTimeout == .seconds(9) && limits.idleTimeout == .seconds(10))
    }

    @Test(arguments: [
        ("{ connections: 0 }", "limits.connections: must be from 1"),
        ("{ headers: { bytes: 1 } }", "limits.headers.bytes: must be from 1KiB to 16MiB"),
        ("{ headers: { count: 0 } }", "limits.headers.count: must be"), ("{ body: 0 }", "limits.body: must be"),
        ("{ body: 2TiB }", "limits.body: must be"),
        ("{ mirror: { calls: 0 } }", "limits.mirror.calls: must be"),
        ("{ mirror: { body: 65MiB } }", "limits.mirror.body: body (65MiB) is larger than memory (64MiB)"),
        ("{ mirror: { memory: 1KiB } }", "limits.mirror.memory: body (1MiB) is larger than memory (1KiB)"),
        ("{ idle_timeout: 0s }", "limits.idle_timeout: must be"),
        ("{ mirror: { body: x, memory: 1 } }", "limits.mirror.body: expected a size"),
    ])
    func refuses(_ text: String, _ message: String) {
        let found = errors(twoUpstreams + "limits: \(text)\n").map { "\($0.keyPath): \($0.message)" }
        #expect(found.count == 1 && found.first?.hasPrefix(message) == true, "\(found)")
    }
}

@Suite struct TelemetrySectionTests {
    private func telemetry(_ text: String, _ environment: [String: String] = [:]) throws -> TelemetrySettings {
        try checked(twoUpstreams + "telemetry: \(text)\n", environment).settings.telemetry
    }

    @Test func everyKeyOfOTLP() throws {
        let otlp = try telemetry(
            """
            { otlp: { endpoint: "https://c.example/otel/", headers: { api-key: { env: KEY } }, timeout: 3s, compression: none, queue: 100, \
            batch: 10, interval: 250ms } }
            """, ["KEY": "k"]
        ).otlp
        #expect(otlp?.endpoint == "https://c.example/otel/v1/traces")
        #expect(otlp?.headers.map(\.name) == ["api-key"] && otlp?.headers.map(\.value) == [.environment("KEY")])
        #expect(
            otlp?.timeout == .seconds(3) && otlp?.compression == OTLPSettings.Compression.none && otlp?.queue == 100
                && otlp?.batch == 10)
        #expect(otlp?.scheduleDelay == .milliseconds(250))
    }

    @Test func switchedOff() throws {
        #expect(try telemetry("{ otlp: false }").otlp == nil)
        #expect(try telemetry("{ otlp: true }").otlp != nil)
        #expect(try telemetry("{ otlp: {} }").otlp?.endpoint == "http://127.0.0.1:4318/v1/traces")
    }

    @Test func theSignalsPathIsNotPutTwice() throws {
        #expect(
            try telemetry("{ otlp: { endpoint: \"http://c:4318/v1/traces\" } }").otlp?.endpoint == "http://c:4318/v1/traces")
    }

    @Test(arguments: [
        ("always_on", SamplerSettings.alwaysOn), ("always_off", .alwaysOff),
        ("parentbased_always_on", .parentBased(root: .alwaysOn)),
        ("parentbased_always_off", .parentBased(root: .alwaysOff)), ("{ ratio: 0.1 }", .ratio(0.1)),
        ("{ parentbased_ratio: 1 }", .parentBased(root: .ratio(1))),
    ])
    func samplers(_ text: String, _ sampler: SamplerSettings) throws {
        #expect(try telemetry("{ sampler: \(text) }").sampler == sampler)
    }

    @Test func tail() throws {
        #expect(try telemetry("{ log: {} }").tail == nil && telemetry("{ tail: false }").tail == nil)
        #expect(try telemetry("{ tail: true }").tail == TailSettings() && telemetry("{ tail: {} }").tail == TailSettings())
        let tail = try telemetry(
            "{ tail: { errors: false, rate_limited: false, disagreements: false, slower_than: 2s, wait: 3s, buffer: 4 } }"
        ).tail
        var expected = TailSettings()
        (expected.errors, expected.rateLimited, expected.disagreements) = (false, false, false)
        (expected.slowerThan, expected.wait, expected.buffer) = (.seconds(2), .seconds(3), 4)
        #expect(tail == expected)
    }

    @Test func aTailRuleWithoutExportIsDoubtful() {
        let found = warnings(twoUpstreams + "telemetry: { otlp: false, tail: true }\n")
        #expect(found.map(\.code) == [.doubtful] && found.first?.keyPath == "telemetry.tail")
    }

    @Test(arguments: [("true", true, 1.0), ("false", false, 1.0), ("{ sample: 0.1 }", true, 0.1)])
    func accessLog(_ text: String, _ isOn: Bool, _ sample: Double) throws {
        let log = try telemetry("{ log: { level: debug, access: \(text) } }").log
        #expect(log.access == isOn && log.accessSample == sample && log.level == .debug)
    }

    @Test(arguments: [
        ("{ otlp: no }", "telemetry.otlp: expected a block such as { endpoint"),
        ("{ otlp: [] }", "telemetry.otlp: expected a block such as { endpoint"),
        ("{ otlp: { endpoint: \"c:4318\" } }", "telemetry.otlp.endpoint: the URL has no scheme"),
        ("{ otlp: { endpoint: \"http://u:p@c\" } }", "telemetry.otlp.endpoint: the URL has a user"),
        ("{ otlp: { compression: zstd } }", "telemetry.otlp.compression: expected one of gzip, none"),
        ("{ otlp: { batch: 10, queue: 5 } }", "telemetry.otlp.batch: batch (10) is larger than queue (5)"),
        ("{ otlp: { queue: 5 } }", "telemetry.otlp.queue: batch (512) is larger than queue (5)"),
        (
            "{ otlp: { headers: { Content-Type: a } } }",
            "telemetry.otlp.headers.Content-Type: Content-Type is written by the exporter"
        ),
        ("{ otlp: { headers: { \"a b\": c } } }", "telemetry.otlp.headers.a b: 'a b' is not a header's name"),
        ("{ otlp: { certificate: /does/not/exist } }", "telemetry.otlp.certificate: the certificate file"),
        ("{ sampler: sometimes }", "telemetry.sampler: expected one of always_on"),
        ("{ sampler: {} }", "telemetry.sampler: the sampler has no ratio"),
        ("{ sampler: { ratio: 2 } }", "telemetry.sampler.ratio: must be from 0 to 1"),
        ("{ sampler: { ratio: 0, parentbased_ratio: 0 } }", "telemetry.sampler: a sampler has one"),
        ("{ log: { access: maybe } }", "telemetry.log.access: expected true, false or { sample: 0.1 }"),
        ("{ log: { access: {} } }", "telemetry.log.access: 'sample' is missing"),
        ("{ log: { access: { sample: -1 } } }", "telemetry.log.access.sample: expected a number from 0 to 1"),
        ("{ tail: sometimes }", "telemetry.tail: expected a block such as { slower_than: 1s }"),
        ("{ tail: { buffer: 0 } }", "telemetry.tail.buffer: must be from 1"),
        ("{ tail: { slower_then: 1s } }", "telemetry.tail.slower_then: unknown key"),
        ("{ service_name: \"\" }", "telemetry.service_name: expected a name"),
    ])
    func refuses(_ text: String, _ message: String) {
        let found = errors(twoUpstreams + "telemetry: \(text)\n").map { "\($0.keyPath): \($0.message)" }
        #expect(found.count == 1 && found.first?.hasPrefix(message) == true, "\(found)")
    }

    @Test func thePortOfGRPCIsDoubtful() {
        let found = warnings(twoUpstreams + "telemetry: { otlp: { endpoint: \"http://c:4317\" } }\n")
        #expect(found.map(\.code) == [.doubtful] && found.first?.keyPath == "telemetry.otlp.endpoint")
    }
}

@Suite struct CompressionTests {
    @Test(arguments: [
        ("http://127.0.0.1:4318", OTLPSettings.Compression.none), ("http://localhost:4318/x", .none), ("http://[::1]:4318", .none),
        ("http://LOCALHOST", .none), ("http://collector:4318", .gzip), ("https://127.example", .gzip), ("https://c.example/localhost", .gzip),
    ]) func isLeftOutOnThisMachine(endpoint: String, compression: OTLPSettings.Compression) {
        var settings = OTLPSettings()
        settings.endpoint = endpoint
        #expect(settings.appliedCompression == compression)
        settings.compression = compression == .gzip ? OTLPSettings.Compression.none : .gzip
        #expect(settings.appliedCompression != compression)
    }
}
