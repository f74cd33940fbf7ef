internal import Exchange

extension TelemetrySettings {
    var described: Described {
        let propagators = (propagatesTraceContext ? ["tracecontext"] : []) + (propagatesBaggage ? ["baggage"] : [])
        return .block([
            "service_name": .text(serviceName),
            "resource": .block(resourceAttributes.map { Described.Entry($0.key, .text($0.value)) }),
            "otlp": otlp?.described ?? .flag(false),
            "otlp_metrics": metrics?.described ?? .flag(false),
            "otlp_logs": logs?.described ?? .flag(false),
            "sampler": .text(sampler.word),
            "tail": tail?.described ?? .flag(false),
            "propagators": .texts(propagators),
            "log": .block([
                "level": .text(log.level.rawValue),
                "access": log.access && log.accessSample < 1 ? .block(["sample": .fraction(log.accessSample)]) : .flag(log.access),
            ]),
        ])
    }
}

extension OTLPSettings {
    fileprivate var described: Described {
        .block([
            // A query may hold a key.
            "endpoint": .text(String(endpoint.prefix { $0 != "?" })),
            "headers": .texts(headers.map(\.name)),
            "timeout": .duration(timeout),
            "compression": .text(compression.rawValue),
            "certificate": .text(certificateFile ?? "the system's"),
            "queue": .number(queue),
            "batch": .number(batch),
            "interval": .duration(scheduleDelay),
        ])
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
