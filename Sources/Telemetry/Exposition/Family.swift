/// One metric: its name, what it is and what it says.
struct Family: Sendable, Hashable {
    enum Kind: String, Sendable { case counter, gauge, histogram, summary }

    /// As Prometheus's text format has it: counters with `_total`.
    let name: String
    let kind: Kind
    /// The base unit in which the name ends, where it has one.
    let unit: Unit?
    let help: String

    enum Unit: String, Sendable { case seconds, bytes }

    private init(_ kind: Kind, _ name: String, _ unit: Unit? = nil, help: String) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
    }

    /// OpenMetrics names the family of a counter without `_total` (OpenMetrics 1.0, "Counter").
    var openMetricsName: String {
        kind == .counter && name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
    }
}

extension Family {
    static let exchangeDuration = Family(
        .histogram, "pantograph_exchange_duration_seconds", .seconds,
        help: "From the application's request head to the end of its answer. Code 499: the application went away before one began.")
    static let attemptDuration = Family(
        .histogram, "pantograph_upstream_attempt_duration_seconds", .seconds,
        help: "Duration of each HTTP request to an upstream; outcome is success or an error class.")
    static let latency = Family(
        .summary, "pantograph_upstream_latency_seconds", .seconds,
        help: "Duration of each HTTP request to an upstream: percentiles of the last 60 s, within 1 % of the exact value.")
    static let firstByte = Family(
        .histogram, "pantograph_upstream_first_byte_seconds", .seconds,
        help: "From the start of an HTTP request to an upstream to the first byte of its answer.")
    static let responses = Family(
        .counter, "pantograph_upstream_responses_total", help: "Answers whose status line arrived.")
    static let errors = Family(
        .counter, "pantograph_upstream_errors_total", help: "HTTP requests to an upstream that failed, by error class.")
    static let rateLimited = Family(
        .counter, "pantograph_upstream_rate_limited_total", help: "Answers 429 received.")
    static let inFlight = Family(
        .gauge, "pantograph_upstream_in_flight", help: "Calls on the wire or waiting for a connection.")
    static let connections = Family(
        .gauge, "pantograph_upstream_connections", help: "Connections open to the upstream.")
    static let breaker = Family(
        .gauge, "pantograph_upstream_breaker_state", help: "Where the upstream's breaker stands: 0 closed, 1 half-open, 2 open.")
    static let healthy = Family(
        .gauge, "pantograph_upstream_healthy", help: "Whether the upstream's last health probe was answered as expected: 1 or 0.")
    static let throttled = Family(
        .counter, "pantograph_upstream_throttled_seconds_total", .seconds,
        help: "Time in which calls were held back by the upstream's own limit here or by a pause that it asked for.")
    static let retryAfter = Family(
        .gauge, "pantograph_upstream_retry_after_seconds", .seconds,
        help: "Until a pause that the upstream asked for is over; 0 without one.")
    static let quota = Family(
        .gauge, "pantograph_upstream_quota_remaining", help: "Calls that the upstream last said are left.")

    static let deliveries = Family(
        .counter, "pantograph_deliveries_total", help: "Deliveries by how they ended.")
    static let pending = Family(
        .gauge, "pantograph_deliveries_pending", help: "Deliveries that have not ended.")
    static let lag = Family(
        .gauge, "pantograph_delivery_lag_seconds", .seconds, help: "Age of the oldest delivery that has not ended; 0 where there is none.")
    static let deadLetters = Family(
        .gauge, "pantograph_dead_letters", help: "Spooled deliveries that ended dead and have been neither replayed nor discarded.")
    static let skipped = Family(
        .counter, "pantograph_deliveries_skipped_total", help: "Deliveries that were never sent, by reason.")
    static let retries = Family(
        .counter, "pantograph_retries_total", help: "Further HTTP requests scheduled, by the error class that made them worth while.")
    static let deliveryDuration = Family(
        .histogram, "pantograph_delivery_duration_seconds", .seconds, help: "From accepted to delivered.")
    static let agreement = Family(
        .counter, "pantograph_agreement_total",
        help: "Answers of mirrors compared with the primary's: match, or the first of status, headers and body in which they differ.")

    static let spoolBytes = Family(
        .gauge, "pantograph_spool_bytes", .bytes, help: "Bytes that the spool takes up.")
    static let spoolMaxBytes = Family(
        .gauge, "pantograph_spool_max_bytes", .bytes, help: "Bytes that the spool may take up: spool.max_size.")
    static let spoolCommit = Family(
        .histogram, "pantograph_spool_commit_seconds", .seconds, help: "Duration of each commit of the spool.")
    static let spoolOperations = Family(
        .counter, "pantograph_spool_committed_operations_total", help: "Operations committed to the spool, many to a commit.")

    static let spoolFailures = Family(
        .counter, "pantograph_spool_failures_total", help: "Commits of the spool that failed, by the fault's code.")

    static let spans = Family(
        .counter, "pantograph_otlp_spans_total", help: "Spans by what became of them on their way to the collector.")
    static let exportDuration = Family(
        .histogram, "pantograph_otlp_export_duration_seconds", .seconds, help: "Duration of each request to the collector.")
    static let dataPoints = Family(
        .counter, "pantograph_otlp_data_points_total", help: "Data points of metrics by what became of them on their way to the collector.")
    static let logRecords = Family(
        .counter, "pantograph_otlp_log_records_total", help: "Log records by what became of them on their way to the collector.")
    static let tailSpans = Family(
        .counter, "pantograph_tail_spans_total", help: "Spans that the sampler passed over, by what telemetry.tail made of them.")
    static let connectionsRefused = Family(
        .counter, "pantograph_connections_refused_total", help: "Connections closed at once since limits.connections were open.")
    static let logLinesDropped = Family(
        .counter, "pantograph_log_lines_dropped_total", help: "Log lines lost since standard error took them slower than they came.")
    static let buildInfo = Family(
        .gauge, "pantograph_build_info", help: "Always 1; the labels tell which build this is.")

    static let processCPU = Family(
        .counter, "process_cpu_seconds_total", .seconds, help: "Total user and system CPU time spent.")
    static let processResident = Family(
        .gauge, "process_resident_memory_bytes", .bytes, help: "Resident memory size.")
    static let processVirtual = Family(
        .gauge, "process_virtual_memory_bytes", .bytes, help: "Virtual memory size.")
    static let processOpen = Family(
        .gauge, "process_open_fds", help: "Number of open file descriptors.")
    static let processMax = Family(
        .gauge, "process_max_fds", help: "Maximum number of open file descriptors.")
    static let processStart = Family(
        .gauge, "process_start_time_seconds", .seconds, help: "Start time of the process since the Unix epoch.")
}
