/// One API: where it is, how it is called, and what bounds hold for it.
package struct UpstreamSettings: Sendable {
    package var name: String
    package var url: BaseURL
    package var credentials: Credentials?
    package var timeouts = Timeouts()
    /// nil: one attempt; of a spooled delivery `RetrySettings.spooled`.
    package var retry: RetrySettings?
    /// nil: none.
    package var breaker: BreakerSettings?
    /// How many calls may begin in a time; nil: as many as come.
    package var rate: RateSettings?
    /// Calls on the wire or waiting for a connection at once.
    package var inFlight = 1024
    /// Connections open at once.
    package var connections = 256
    package var setHeaders: [(name: String, value: String)] = []
    package var removeHeaders: [String] = []
    /// The application's Host goes upstream as it came.
    package var keepHost = false
    /// The application's credentials go to this upstream also where it is a mirror.
    package var inheritCredentials = false
    package var idempotency = IdempotencySettings()
    package var tls = TLSSettings()
    package var httpVersion = HTTPVersion.automatic
    /// nil: it is not probed.
    package var health: HealthSettings?

    package init(name: String, url: BaseURL) {
        self.name = name
        self.url = url
    }

    package struct Timeouts: Sendable {
        package var connect: Duration = .seconds(2)
        /// From the start of the attempt to the first byte of the answer's final head. A body that is still being sent
        /// holds it off: it runs from the last byte sent.
        package var firstByte: Duration = .seconds(10)
        /// Of one attempt, first byte sent to last byte received.
        package var total: Duration = .seconds(30)
        package init() {}
    }

    package enum HTTPVersion: String, CaseIterable, Sendable {
        /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
        case automatic = "auto"
        case http1 = "1.1"
        case http2 = "2"
    }
}

/// An `http` or `https` URL taken apart; without query, fragment and user.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    package var scheme: String
    /// Without brackets where it is an IPv6 address.
    package var host: String
    package var port: Int
    /// Empty, or begins with `/` and does not end with one: goes before every target.
    package var pathPrefix: String

    package init(scheme: String, host: String, port: Int, pathPrefix: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.pathPrefix = pathPrefix
    }

    package var isSecure: Bool { scheme == "https" }

    /// Host, and port where it is not the scheme's own: the value of `Host`.
    package var authority: String {
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? bracketed : "\(bracketed):\(port)"
    }

    package var origin: String { "\(scheme)://\(authority)" }
    package var description: String { origin + pathPrefix }
}

/// Where a secret's text comes from. Its description never shows the text.
package enum Secret: Sendable, Hashable, CustomStringConvertible {
    /// Written in the configuration itself or taken from the environment by `${NAME}`.
    case literal(String)
    case environment(String)
    /// Read again when the file changes.
    case file(String)

    package var description: String {
        switch self {
        case .literal: "(redacted)"
        case .environment(let name): "(redacted, from the environment: \(name))"
        case .file(let path): "(redacted, from the file: \(path))"
        }
    }
}

/// What an upstream is called with in place of the application's own credentials.
package enum Credentials: Sendable, Hashable {
    case bearer(Secret)
    case basic(user: String, password: Secret)
    case header(name: String, value: Secret)
}

package struct RetrySettings: Sendable {
    /// In all, the first included.
    package var attempts = 3
    package var backoff: Duration = .milliseconds(250)
    package var maxBackoff: Duration = .seconds(60)
    /// From the first attempt's start.
    package var giveUpAfter: Duration = .seconds(24 * 3600)
    package var on: Set<RetryTrigger> = [.connect, .timeout, .reset, .status(408), .status(425), .status(429), .serverErrors]

    package init() {}

    /// What holds for spooled deliveries of an upstream without a `retry` block: 12 attempts within 24 hours.
    package static var spooled: RetrySettings {
        var settings = RetrySettings()
        settings.attempts = 12
        return settings
    }
}

/// What makes another attempt worth while.
package enum RetryTrigger: Sendable, Hashable {
    /// dns, connect_refused, connect_timeout, tls.
    case connect
    /// first_byte_timeout, total_timeout.
    case timeout
    case reset
    /// One status, e.g. `429`.
    case status(Int)
    /// 5xx but 501.
    case serverErrors
}

package struct IdempotencySettings: Sendable {
    /// The name of the header that carries the key.
    package var header = "Idempotency-Key"
    /// A key is made here where the application sends none.
    package var generate = false
    package init() {}
}

package struct TLSSettings: Sendable {
    /// CA certificates (PEM) in place of the system's.
    package var caFile: String?
    package init() {}
}
