internal import Exchange

/// Writes metrics as one `ExportMetricsServiceRequest` in OTLP's JSON form (opentelemetry-proto, `docs/specification.md`):
/// cumulative, from the start of the process on.
///
/// What the HTTP conventions have a name for goes by it (`http-metrics.md` of 1.44); the rest are `pantograph.…`, named as on
/// `/metrics` but for unit and `_total`, which OTLP says otherwise. The percentiles of the last minute go as OTLP's summary, the one
/// form that has a place for them (`metrics.proto`, "Summary"): they are as exact as on `/metrics`, and the histograms beside them
/// are what can be added up over instances.
struct MetricWriter: ~Copyable, FigureWriting {
    var json = JSONBytes(capacity: 16_384)
    private let opening: [UInt8]
    private let start: WallTime
    private var time = WallTime(nanosecondsSinceEpoch: 0)
    private var current: String?
    private var currentEnd: StaticString = ""
    /// Data points of the request.
    private(set) var points = 0
    private let whole = WholeText()

    /// - Parameter start: since when everything is counted.
    init(resource: SpanResource, version: String, since start: WallTime) {
        self.start = start
        opening = OTLPRequest.opening("resourceMetrics", "scopeMetrics", "metrics", resource, version: version)
    }

    /// The request's text, whole after `finish`.
    var text: RequestText { whole }

    mutating func begin(at time: WallTime) {
        json.clear()
        json.raw(opening)
        (points, current, currentEnd) = (0, nil, "")
        self.time = time
    }

    mutating func finish() {
        json.raw(currentEnd)
        json.raw(OTLPRequest.closing)
        whole.hold(UnsafeRawBufferPointer(json.written))
    }

    // MARK: Families of /metrics

    mutating func count(_ family: Family, _ labels: Labels, _ value: UInt64) {
        guard let name = family.otlpName else { return }
        begin(name, family, "sum")
        point(labels)
        // As `asInt` would be a decimal string, which readers made with Rust's opentelemetry-proto lose without a word.
        json.raw("],\"asDouble\":")
        json.integer(value)
        json.raw("}")
    }

    mutating func number(_ family: Family, _ labels: Labels, _ value: Double) {
        guard let name = family.otlpName, value.isFinite else { return }
        begin(name, family, family.kind == .counter ? "sum" : "gauge")
        point(labels)
        json.raw("],\"asDouble\":")
        json.number(value)
        json.raw("}")
    }

    mutating func histogram(_ family: Family, _ labels: Labels, _ histogram: Histogram) {
        guard !histogram.isEmpty, let name = family.otlpName else { return }
        begin(name, family, "histogram")
        point(labels)
        close(histogram.counts, sum: histogram.sum, bounds: histogram.bounds)
    }

    mutating func summary(
        _ family: Family, _ labels: Labels, quantiles: [(quantile: Double, seconds: Double)], sum: Double, count: UInt64
    ) {
        guard let name = family.otlpName else { return }
        begin(name, family, "summary")
        point(labels)
        json.raw("],\"count\":\"")
        json.integer(count)
        json.raw("\",\"sum\":")
        json.number(sum)
        json.raw(",\"quantileValues\":[")
        // There are none where nothing came within the last minute.
        for (quantile, seconds) in quantiles where seconds.isFinite {
            json.separate()
            json.raw("{\"quantile\":")
            json.number(quantile)
            json.raw(",\"value\":")
            json.number(seconds)
            json.raw("}")
        }
        json.raw("]}")
    }

    // MARK: The HTTP conventions' own

    /// One series of `http.server.request.duration` or `http.client.request.duration`.
    mutating func request(_ side: HTTPSide, _ attributes: [(key: String, value: SpanValue)], _ histogram: Histogram) {
        guard !histogram.isEmpty else { return }
        begin(side.rawValue, unit: "s", help: side.help, "histogram", isMonotonic: false)
        open()
        for (key, value) in attributes { json.attribute(key: key, value, limit: JSONBytes.longestText) }
        let merged = histogram.conventional
        close(merged.counts, sum: histogram.sum, bounds: merged.bounds)
    }

    enum HTTPSide: String {
        case server = "http.server.request.duration"
        case client = "http.client.request.duration"

        var help: String { self == .server ? "Duration of HTTP server requests." : "Duration of HTTP client requests." }
    }

    // MARK: Text

    private mutating func begin(_ name: String, _ family: Family, _ form: StaticString) {
        begin(name, unit: family.otlpUnit, help: family.help, form, isMonotonic: family.kind == .counter)
    }

    /// Opens a metric, unless it is the one that is open.
    mutating func begin(_ name: String, unit: String, help: String, _ form: StaticString, isMonotonic: Bool) {
        guard current != name else { return }
        json.raw(currentEnd)
        json.separate()
        json.raw("{\"name\":")
        json.quoted(name, limit: 256)
        json.raw(",\"description\":")
        json.quoted(help, limit: 1024)
        json.raw(",\"unit\":")
        json.quoted(unit, limit: 64)
        json.raw(",\"")
        json.raw(form)
        json.raw("\":{\"dataPoints\":[")
        current = name
        // AGGREGATION_TEMPORALITY_CUMULATIVE is 2.
        currentEnd = isMonotonic ? "],\"aggregationTemporality\":2,\"isMonotonic\":true}}"
            : ["gauge", "summary"].contains(form.description) ? "]}}" : "],\"aggregationTemporality\":2}}"
    }

    /// Opens a point and its attributes.
    mutating func open() {
        points += 1
        json.separate()
        json.raw("{\"startTimeUnixNano\":\"")
        json.integer(start.nanosecondsSinceEpoch)
        json.raw("\",\"timeUnixNano\":\"")
        json.integer(max(time, start).nanosecondsSinceEpoch)
        json.raw("\",\"attributes\":[")
    }

    private mutating func point(_ labels: Labels) {
        open()
        for (name, value) in labels {
            switch name {
            // A word, "other", where the status is none.
            case "code": json.attribute(key: "http.response.status_code", Int(value).map { .int($0) } ?? .string(value), limit: 64)
            case "method": json.attribute(key: "http.request.method", .string(value), limit: 64)
            case "class": json.attribute(key: "pantograph.error.class", .string(value), limit: 64)
            default: json.attribute(key: "pantograph." + name, .string(value), limit: JSONBytes.longestText)
            }
        }
    }

    /// Writes the numbers of a histogram's point, whose attributes are open.
    private mutating func close(_ counts: [UInt64], sum: UInt64, bounds: [UInt64]) {
        json.raw("],\"count\":\"")
        json.integer(counts.reduce(0, &+))
        json.raw("\",\"sum\":")
        json.number(Double(sum) / 1e9)
        json.raw(",\"bucketCounts\":[")
        for count in counts {
            json.separate()
            json.raw("\"")
            json.integer(count)
            json.raw("\"")
        }
        json.raw("],\"explicitBounds\":[")
        for bound in bounds {
            json.separate()
            json.number(Double(bound) / 1e9)
        }
        json.raw("]}")
    }
}

extension Histogram {
    /// In the buckets that the HTTP conventions advise, 5 ms…10 s: the finer ones here added up.
    var conventional: (counts: [UInt64], bounds: [UInt64]) {
        let finer = bounds.prefix { $0 < 5_000_000 }.count
        guard finer > 0, counts.count > finer else { return (counts, bounds) }
        return ([counts[...finer].reduce(0, &+)] + counts[(finer + 1)...], Array(bounds[finer...]))
    }
}

extension Family {
    /// nil for what is not sent to a collector: it goes by a name of the HTTP conventions, or is no matter of OTLP.
    var otlpName: String? {
        switch self {
        case .exchangeDuration, .attemptDuration, .buildInfo: return nil
        default: break
        }
        guard self.name.hasPrefix("pantograph_") else { return nil }
        var name = openMetricsName.dropFirst("pantograph_".count)
        if let unit, name.hasSuffix("_" + unit.rawValue) { name = name.dropLast(unit.rawValue.count + 1) }
        return "pantograph." + name
    }

    /// By UCUM.
    var otlpUnit: String {
        switch unit {
        case .seconds: "s"
        case .bytes: "By"
        case nil: "1"
        }
    }
}
