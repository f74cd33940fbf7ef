#if canImport(Glibc)
internal import Glibc
#endif
internal import Exchange

/// Who the spans come from (OpenTelemetry's resource conventions): read once, the same in every request to the collector.
struct SpanResource: Sendable {
    /// Keys differ; in the order they are written.
    private(set) var attributes: [(key: String, value: SpanValue)] = []

    /// More attributes than these are left out.
    static let mostAttributes = 128

    /// - Parameters:
    ///   - version: pantograph's own.
    ///   - process: what is found out about this process; the configuration's attributes of the same keys replace it.
    init(_ settings: TelemetrySettings, version: String, process: SpanProcess = .current()) {
        set("service.name", .string(settings.serviceName))
        set("telemetry.sdk.name", .string("pantograph"))
        set("telemetry.sdk.language", .string("swift"))
        set("telemetry.sdk.version", .string(version))
        for (key, value) in settings.resourceAttributes where !key.isEmpty { set(key, .string(value)) }
        // The version of the application beside us is not known; ours is told only where the service is ourselves.
        if settings.serviceName == "pantograph" { set("service.version", .string(version)) }
        set("service.instance.id", .string(process.instance))
        if !process.host.isEmpty { set("host.name", .string(process.host)) }
        set("process.pid", .int(process.id))
    }

    /// The first value of a key stays.
    private mutating func set(_ key: String, _ value: SpanValue) {
        guard attributes.count < SpanResource.mostAttributes, !attributes.contains(where: { $0.key == key }) else { return }
        attributes.append((key, value))
    }
}

/// What is found out about the process that makes spans.
struct SpanProcess: Sendable {
    var id: Int
    var host: String
    /// A UUID of version 4, new for each start.
    var instance: String

    static func current() -> SpanProcess {
        var generator = SystemRandomNumberGenerator()
        return SpanProcess(id: Int(getpid()), host: hostName(), instance: uuid(using: &generator))
    }

    /// RFC 9562, 5.4.
    static func uuid(using generator: inout some RandomNumberGenerator) -> String {
        let high = Hexadecimal.string(generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000)
        let low = Hexadecimal.string(generator.next() >> 2 | 0x8000_0000_0000_0000)
        return "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-\(high.suffix(4))-\(low.prefix(4))-\(low.suffix(12))"
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
