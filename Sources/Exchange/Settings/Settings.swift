/// Everything the configuration decides, checked: plain values with their defaults. `Configuration` reads them from YAML,
/// environment and flags; each room takes the part it needs.
package struct Settings: Sendable {
    package var listen: ListenAddress = .ip(host: "127.0.0.1", port: 4100)
    package var admin = AdminSettings()
    /// Whether `listen` and `admin.listen` may be other than loopback addresses or Unix-domain sockets.
    package var allowRemote = false
    /// In the order of the configuration: `UpstreamID.index` is the place in here.
    package var upstreams: [UpstreamSettings]
    /// In the order they are tried: `RouteID.index` is the place in here.
    package var routes: [RouteSettings]
    package var limits = Limits()
    /// nil where nothing needs it: no route is accepted or has durable mirrors, and the configuration names none.
    package var spool: SpoolSettings?
    package var telemetry = TelemetrySettings()
    /// How long requests in flight may go on after SIGTERM.
    package var drain: Duration = .seconds(10)
    /// Event loops; 0 for one per core.
    package var threads = 0

    package init(upstreams: [UpstreamSettings], routes: [RouteSettings]) {
        self.upstreams = upstreams
        self.routes = routes
    }
}

package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `host` is an IPv4 or IPv6 address or `localhost`, without brackets. Port 0 takes a free one.
    case ip(host: String, port: Int)
    case unix(path: String)

    package var description: String {
        switch self {
        case .ip(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// A rule that matches exchanges and says where they go.
package struct RouteSettings: Sendable {
    package var name: String
    /// nil for every method.
    package var methods: [String]?
    /// As the configuration has it, e.g. `/orders`, `/orders/*/lines`, `/**`: also the `http.route` of spans.
    package var path: String
    /// nil for `respond: accepted`: no upstream's answer is waited for.
    package var primary: UpstreamID?
    /// Every other upstream of the route, in order; of an accepted route all of them.
    package var mirrors: [UpstreamID]
    /// The application went away: mirrors still get the call.
    package var mirrorWhenCancelled = true
    /// Mirrors of a primary go through the spool.
    package var durable = false
    /// Of calls that go through the spool: those with the same value of this field reach an upstream one after the other.
    package var orderBy: String?
    /// The field in which an accepted call brings its key.
    package var idempotencyHeader = "Idempotency-Key"
    /// An accepted call without a key is refused.
    package var requiresIdempotencyKey = false
    package var onPartialFailure: CompensationSettings?
    /// Of a primary with mirrors in memory; nil where answers are not compared.
    package var compare: AgreementSettings?

    /// Every upstream of the route, the primary first.
    package var upstreams: [UpstreamID] { (primary.map { [$0] } ?? []) + mirrors }

    package init(name: String, methods: [String]? = nil, path: String, primary: UpstreamID?, mirrors: [UpstreamID]) {
        self.name = name
        self.methods = methods
        self.path = path
        self.primary = primary
        self.mirrors = mirrors
    }
}

/// Bounds of what one application can make the sidecar hold.
package struct Limits: Sendable {
    package var connections = 1024
    package var headerBytes = 64 * 1024
    package var headerCount = 100
    /// Bytes of a streamed request body.
    package var body = 256 * 1024 * 1024
    /// Bytes of a body up to which a mirror gets it.
    package var mirrorBody = 1024 * 1024
    /// Bytes of bodies that all waiting and running mirror calls may hold together.
    package var mirrorMemory = 64 * 1024 * 1024
    /// Mirror calls waiting and running together.
    package var mirrorCalls = 1000
    /// From the first byte of a head, or from accepting, to the head's end.
    package var headerTimeout: Duration = .seconds(10)
    /// Without a byte of a body that is due, or without the application taking a byte of its answer.
    package var bodyTimeout: Duration = .seconds(30)
    /// Between two requests.
    package var idleTimeout: Duration = .seconds(60)

    package init() {}
}

package struct TelemetrySettings: Sendable {
    package var serviceName = "pantograph"
    /// Beside `service.name`, from `OTEL_RESOURCE_ATTRIBUTES`.
    package var resourceAttributes: [(key: String, value: String)] = []
    /// nil where spans are not exported.
    package var otlp: OTLPSettings? = OTLPSettings()
    /// nil where metrics are not exported; its `scheduleDelay` is from one export to the next.
    package var metrics: OTLPSettings?
    /// nil where the log is not exported.
    package var logs: OTLPSettings?
    package var sampler = SamplerSettings.parentBased(root: .alwaysOn)
    /// nil: what the sampler says is all there is.
    package var tail: TailSettings?
    /// What is not shown beside what never is.
    package var redaction = Redaction.standard
    package var propagatesTraceContext = true
    package var propagatesBaggage = true
    package var log = LogSettings()

    package init() {}
}

/// How one signal goes to a collector.
package struct OTLPSettings: Sendable {
    /// The whole URL, of traces `…/v1/traces` included.
    package var endpoint = "http://127.0.0.1:4318/v1/traces"
    package var headers: [(name: String, value: Secret)] = []
    package var timeout: Duration = .seconds(10)
    /// nil: none to a collector on this machine, where it would cost more than the bytes it spares; gzip to any other.
    package var compression: Compression?
    /// A file of CA certificates (PEM) in place of the system's.
    package var certificateFile: String?
    /// Spans or log records that may wait; beyond, they are dropped and counted.
    package var queue = 16_384
    package var batch = 512
    package var scheduleDelay: Duration = .seconds(5)

    package enum Compression: String, CaseIterable, Sendable { case gzip, none }

    package init() {}

    /// What is applied.
    package var appliedCompression: Compression { compression ?? (isOnThisMachine ? .none : .gzip) }

    private var isOnThisMachine: Bool {
        let authority = endpoint.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" && $0 != "?" }
        let host = authority.prefix { $0 != ":" }
        let isNumeric = host.allSatisfy { $0 == "." || $0.isNumber }
        return isNumeric && host.hasPrefix("127.") || host.lowercased() == "localhost" || authority.hasPrefix("[::1]")
    }
}

/// Which traces are recorded: the samplers of `OTEL_TRACES_SAMPLER`.
package indirect enum SamplerSettings: Sendable, Hashable {
    case alwaysOn
    case alwaysOff
    /// The ratio of new traces that are recorded, 0…1, decided by the trace id.
    case ratio(Double)
    /// As the application's context says; `root` where it brings none.
    case parentBased(root: SamplerSettings)
}

package struct LogSettings: Sendable {
    package enum Level: String, CaseIterable, Sendable { case debug, info, warning, error }
    package var level = Level.info
    /// One line for each exchange.
    package var access = false
    /// The part of exchanges that get an access line, 0…1.
    package var accessSample = 1.0

    package init() {}
}
