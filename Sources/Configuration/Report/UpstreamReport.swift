internal import Exchange

extension UpstreamSettings {
    var described: Described {
        .block([
            "url": .text(url.description),
            "credentials": credentials?.described ?? .nothing,
            "inherit_credentials": .flag(inheritCredentials),
            "timeout": .block([
                "connect": .duration(timeouts.connect), "first_byte": .duration(timeouts.firstByte),
                "total": .duration(timeouts.total),
            ]),
            "retry": retry?.described ?? .nothing,
            "breaker": breaker?.described ?? .nothing,
            "limit": .block((rate?.entries ?? []) + [.init("in_flight", .number(inFlight)), .init("connections", .number(connections))]),
            "headers": .block(["set": .texts(setHeaders.map(\.name)), "remove": .texts(removeHeaders)]),
            "keep_host": .flag(keepHost),
            "idempotency": .block([
                "key": .text(idempotency.generate ? "generate" : "application"), "header": .text(idempotency.header),
            ]),
            "tls": .block(["ca_file": .text(tls.caFile ?? "the system's")]),
            "http": .text(httpVersion.rawValue),
            "health": health?.described ?? .nothing,
        ])
    }
}

extension Credentials {
    fileprivate var described: Described {
        switch self {
        case .bearer(let secret): .block(["bearer": .text(secret.description)])
        case .basic(let user, let password):
            .block(["basic": .block(["user": .text(user), "password": .text(password.description)])])
        case .header(let name, let value): .block(["header": .block(["name": .text(name), "value": .text(value.description)])])
        }
    }
}

extension RetrySettings {
    fileprivate var described: Described {
        .block([
            "attempts": .number(attempts),
            "backoff": .duration(backoff),
            "max_backoff": .duration(maxBackoff),
            "give_up_after": .duration(giveUpAfter),
            "on": .texts(on.map(\.word).sorted { $0.order < $1.order }.map(\.text)),
        ])
    }
}

extension BreakerSettings {
    fileprivate var described: Described {
        .block([
            "failure_ratio": .fraction(failureRatio), "window": .duration(window), "minimum": .number(minimum),
            "open_for": .duration(openFor),
        ])
    }
}

extension HealthSettings {
    fileprivate var described: Described {
        .block([
            // A query may hold a key.
            "path": .text(String(path.prefix { $0 != "?" })), "interval": .duration(interval), "timeout": .duration(timeout),
            "expect": .text(expected.count == 1 ? "\(expected.lowerBound)" : "\(expected.lowerBound)-\(expected.upperBound)"),
            "required": .flag(isRequired),
        ])
    }
}

extension RateSettings {
    fileprivate var entries: [Described.Entry] {
        [.init("rate", .text(RateText.string(count, per: per))), .init("burst", .number(burst))]
    }
}

extension RetryTrigger {
    /// As the configuration writes it, with its place in lists.
    fileprivate var word: (text: String, order: Int) {
        switch self {
        case .connect: ("connect", 0)
        case .timeout: ("timeout", 1)
        case .reset: ("reset", 2)
        case .status(let status): ("\(status)", status)
        case .serverErrors: ("5xx", 1000)
        }
    }
}
