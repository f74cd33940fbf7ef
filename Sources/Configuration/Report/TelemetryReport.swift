internal import Exchange

extension TelemetrySettings {
    var described: Described {
        let propagators = (propagatesTraceContext ? ["tracecontext"] : []) + (propagatesBaggage ? ["baggage"] : [])
        return .block([
            "service_name": .text(serviceName),
            "resource": .block(resourceAttributes.map { Described.Entry($0.key, .text($0.value)) }),
            "otlp": exporters,
            "sampler": .text(sampler.word),
            "tail": tail?.described ?? .flag(false),
            "propagators": .texts(propagators),
            "redact": .block(["headers": .texts(redaction.headers), "query": .texts(redaction.keys)]),
            "log": .block([
                "level": .text(log.level.rawValue),
                "access": log.access && log.accessSample < 1 ? .block(["sample": .fraction(log.accessSample)]) : .flag(log.access),
            ]),
        ])
    }

    /// What the file's `otlp` says of spans, and below `metrics` and `logs` what holds for these.
    private var exporters: Described {
        guard otlp != nil || metrics != nil || logs != nil else { return .flag(false) }
        return .block(
            (otlp?.entries ?? [.init("endpoint", .nothing)]) + [
                .init("metrics", metrics.map { .block($0.entries) } ?? .flag(false)),
                .init("logs", logs.map { .block($0.entries) } ?? .flag(false)),
            ])
    }
}

extension OTLPSettings {
    fileprivate var entries: [Described.Entry] {
        [
            // A query may hold a key.
            .init("endpoint", .text(String(endpoint.prefix { $0 != "?" }))),
            .init("headers", .texts(headers.map(\.name))),
            .init("timeout", .duration(timeout)),
            .init("compression", .text(appliedCompression.rawValue)),
            .init("certificate", .text(certificateFile ?? "the system's")),
            .init("queue", .number(queue)),
            .init("batch", .number(batch)),
            .init("interval", .duration(scheduleDelay)),
        ]
    }
}

extension TailSettings {
    fileprivate var described: Described {
        .block([
            "errors": .flag(errors), "rate_limited": .flag(rateLimited), "disagreements": .flag(disagreements),
            "slower_than": .duration(slowerThan), "wait": .duration(wait), "buffer": .number(buffer),
        ])
    }
}

extension SamplerSettings {
    /// As `OTEL_TRACES_SAMPLER` names it.
    fileprivate var word: String {
        switch self {
        case .alwaysOn: "always_on"
        case .alwaysOff: "always_off"
        case .ratio(let ratio): "traceidratio \(ratio)"
        case .parentBased(let root): "parentbased_\(root.word)"
        }
    }
}
