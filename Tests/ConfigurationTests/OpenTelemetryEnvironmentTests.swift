import Exchange
import Testing

@testable import Configuration

@Suite struct OpenTelemetryEnvironmentTests {
    private func read(_ environment: [String: String]) throws -> TelemetrySettings {
        try checked(twoUpstreams, environment).settings.telemetry
    }

    private func doubts(_ environment: [String: String]) -> [String] {
        warnings(twoUpstreams, environment).map { "\($0.file): \($0.keyPath)" }
    }

    @Test(arguments: [
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/traces"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/"], "http://c:4318/v1/traces"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/base/"], "https://c/base/v1/traces"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/x"], "http://c:4318/x"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"], "http://c:4318/"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/x/?a=b"], "http://c/x/?a=b"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c?a=b"], "http://c/?a=b"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"], "http://t/"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": ""], "http://127.0.0.1:4318/v1/traces"), ([:], "http://127.0.0.1:4318/v1/traces"),
    ])
    func endpoints(_ environment: [String: String], _ endpoint: String) throws {
        #expect(try read(environment).otlp?.endpoint == endpoint)
        #expect(doubts(environment).isEmpty)
    }

    @Test func exporter() throws {
        let environment = [
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b%3D , x=1=2", "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "NONE",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BSP_MAX_QUEUE_SIZE": "50",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "20",
        ]
        let otlp = try read(environment).otlp
        #expect(
            otlp?.headers.map(\.name) == ["api-key", "x"] && otlp?.headers.map(\.value) == [.literal("a b="), .literal("1=2")])
        #expect(otlp?.timeout == .milliseconds(2500) && otlp?.compression == OTLPSettings.Compression.none)
        #expect(otlp?.scheduleDelay == .milliseconds(100) && otlp?.queue == 50 && otlp?.batch == 20)
        #expect(doubts(environment).isEmpty)
    }

    @Test func variablesForTracesWin() throws {
        let environment = [
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_HEADERS": "b=2",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1", "OTEL_EXPORTER_OTLP_TIMEOUT": "2",
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "none", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        ]
        let otlp = try read(environment).otlp
        #expect(
            otlp?.headers.map(\.name) == ["a"] && otlp?.timeout == .milliseconds(1)
                && otlp?.compression == OTLPSettings.Compression.none)
    }

    @Test func resource() throws {
        let attributes = ["OTEL_RESOURCE_ATTRIBUTES": "service.name=shop, deployment.environment.name=a%2Cb ,k=v,k=w,,"]
        let telemetry = try read(attributes)
        #expect(telemetry.serviceName == "shop")
        #expect(telemetry.resourceAttributes.map(\.key) == ["deployment.environment.name", "k"])
        #expect(telemetry.resourceAttributes.map(\.value) == ["a,b", "w"])
        #expect(try read(attributes.merging(["OTEL_SERVICE_NAME": "till"]) { $1 }).serviceName == "till")
        #expect(try read([:]).serviceName == "pantograph")
    }

    @Test(arguments: ["no equals", "=v", "a=%2", "a=%zz", "a=%FF", "good=1,bad"])
    func aBrokenResourceIsIgnoredAsAWhole(_ text: String) throws {
        let environment = ["OTEL_RESOURCE_ATTRIBUTES": text]
        #expect(try read(environment).resourceAttributes.isEmpty)
        #expect(doubts(environment) == ["environment: OTEL_RESOURCE_ATTRIBUTES"])
    }

    @Test(
        arguments: [
            ("always_on", nil, SamplerSettings.alwaysOn), ("ALWAYS_OFF", nil, .alwaysOff), ("traceidratio", "0.25", .ratio(0.25)),
            ("traceidratio", nil, .ratio(1)),
            ("parentbased_always_on", nil, .parentBased(root: .alwaysOn)),
            ("parentbased_always_off", nil, .parentBased(root: .alwaysOff)),
            ("parentbased_traceidratio", "0.5", .parentBased(root: .ratio(0.5))),
        ] as [(String, String?, SamplerSettings)])
    func samplers(_ name: String, _ argument: String?, _ sampler: SamplerSettings) throws {
        var environment = ["OTEL_TRACES_SAMPLER": name]
        environment["OTEL_TRACES_SAMPLER_ARG"] = argument
        #expect(try read(environment).sampler == sampler)
        #expect(doubts(environment).isEmpty)
    }

    @Test(arguments: [
        ("tracecontext,baggage", true, true), ("tracecontext", true, false), (" baggage ", false, true), ("none", false, false),
        ("b3, tracecontext", true, false),
    ])
    func propagators(_ text: String, _ traceContext: Bool, _ baggage: Bool) throws {
        let telemetry = try read(["OTEL_PROPAGATORS": text])
        #expect(telemetry.propagatesTraceContext == traceContext && telemetry.propagatesBaggage == baggage)
        #expect(doubts(["OTEL_PROPAGATORS": text]).count == (text.contains("b3") ? 1 : 0))
    }

    @Test(arguments: [
        (["OTEL_SDK_DISABLED": "true"], false), (["OTEL_SDK_DISABLED": "TRUE"], false), (["OTEL_SDK_DISABLED": "false"], true),
        (["OTEL_SDK_DISABLED": "1"], true),
        (["OTEL_TRACES_EXPORTER": "none"], false), (["OTEL_TRACES_EXPORTER": "otlp"], true),
        (["OTEL_TRACES_EXPORTER": "zipkin"], true),
    ])
    func switches(_ environment: [String: String], _ exports: Bool) throws {
        let telemetry = try read(environment)
        #expect((telemetry.otlp != nil) == exports)
        #expect(telemetry.propagatesTraceContext && telemetry.propagatesBaggage)
        #expect(doubts(environment).count == (environment.values.contains { $0 == "1" || $0 == "zipkin" } ? 1 : 0))
    }

    /// A value that can't be used is one warning that names the variable, and the default.
    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4318"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://u:hunter2@c"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c?key=hunter2"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://c"), ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "content-type=hunter2"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=hunter2%0D%0Ab"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "99999999999999999999"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/does/not/exist"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "x"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1.5"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_PROPAGATORS", "b3"),
    ])
    func warnsAndTakesTheDefault(_ name: String, _ text: String) throws {
        let telemetry = try read([name: text])
        #expect(doubts([name: text]) == ["environment: \(name)"])
        #expect(ConfigurationReport(Settings.with(telemetry)).json == ConfigurationReport(Settings.with(TelemetrySettings())).json)
        #expect(!"\(warnings(twoUpstreams, [name: text]))".contains("hunter2"))
    }

    @Test func aRatioOutOfBoundsIsAll() throws {
        let environment = ["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.5"]
        #expect(try read(environment).sampler == .ratio(1))
        #expect(doubts(environment) == ["environment: OTEL_TRACES_SAMPLER_ARG"])
        #expect(doubts(["OTEL_TRACES_SAMPLER_ARG": "1"]) == ["environment: OTEL_TRACES_SAMPLER_ARG"])
    }

    @Test func aBatchIsNoLargerThanTheQueue() throws {
        #expect(try read(["OTEL_BSP_MAX_QUEUE_SIZE": "100"]).otlp?.batch == 100)
        let environment = ["OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "200"]
        #expect(try read(environment).otlp?.batch == 100)
        #expect(doubts(environment) == ["environment: OTEL_BSP_MAX_EXPORT_BATCH_SIZE"])
    }

    @Test func theFileWins() throws {
        let environment = [
            "OTEL_SERVICE_NAME": "environment", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://environment/",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1", "OTEL_TRACES_SAMPLER": "always_off",
            "OTEL_SDK_DISABLED": "true",
        ]
        let text = twoUpstreams + "telemetry: { service_name: file, sampler: always_on, otlp: { endpoint: \"http://file\" } }\n"
        let telemetry = try checked(text, environment).settings.telemetry
        #expect(
            telemetry.serviceName == "file" && telemetry.sampler == .alwaysOn
                && telemetry.otlp?.endpoint == "http://file/v1/traces")
        #expect(telemetry.otlp?.timeout == .milliseconds(1), "what the file leaves out comes from the environment")
        let silent = try checked(twoUpstreams + "telemetry: { log: { level: info } }\n", environment).settings.telemetry
        #expect(silent.otlp == nil && silent.serviceName == "environment" && silent.sampler == .alwaysOff)
    }

    @Test func certificates() throws {
        let directory = try Directory()
        let path = try directory.write("ca.pem", certificate)
        #expect(try read(["OTEL_EXPORTER_OTLP_CERTIFICATE": path]).otlp?.certificateFile == path)
    }
}

extension Settings {
    static func with(_ telemetry: TelemetrySettings) -> Settings {
        var settings = Settings(upstreams: [], routes: [])
        settings.telemetry = telemetry
        return settings
    }
}
