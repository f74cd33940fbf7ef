internal import Exchange

/// Writes metrics in one of the two formats, family by family.
struct ExpositionWriter: FigureWriting {
    private let format: ExpositionFormat
    private var bytes: [UInt8] = []
    private var family: Family?

    init(_ format: ExpositionFormat) {
        self.format = format
        bytes.reserveCapacity(32 * 1024)
    }

    // MARK: Samples

    mutating func count(_ family: Family, _ labels: Labels, _ value: UInt64) {
        begin(family)
        sample(family.name, rendered(labels), String(value))
    }

    mutating func number(_ family: Family, _ labels: Labels, _ value: Double) {
        begin(family)
        sample(family.name, rendered(labels), Self.text(value))
    }

    /// Buckets, sum and count; nothing for a histogram without an observation.
    mutating func histogram(_ family: Family, _ labels: Labels, _ histogram: Histogram) {
        guard !histogram.isEmpty else { return }
        begin(family)
        let base = rendered(labels)
        var passed: UInt64 = 0
        for bucket in histogram.counts.indices {
            passed &+= histogram.counts[bucket]
            let bound = bucket < histogram.bounds.count ? canonical(Double(histogram.bounds[bucket]) / 1e9) : "+Inf"
            let exemplar = histogram.exemplars.isEmpty ? nil : histogram.exemplars[bucket]
            sample(family.name + "_bucket", joined(base, "le=\"\(bound)\""), String(passed), exemplar)
        }
        sample(family.name + "_sum", base, Self.text(Double(histogram.sum) / 1e9))
        sample(family.name + "_count", base, String(passed))
    }

    mutating func summary(_ family: Family, _ labels: Labels, quantiles: [(quantile: Double, seconds: Double)], sum: Double, count: UInt64) {
        begin(family)
        let base = rendered(labels)
        for (quantile, seconds) in quantiles {
            sample(family.name, joined(base, "quantile=\"\(canonical(quantile))\""), Self.text(seconds))
        }
        sample(family.name + "_sum", base, Self.text(sum))
        sample(family.name + "_count", base, String(count))
    }

    consuming func finished() -> [UInt8] {
        if format == .openMetrics { append("# EOF\n") }
        return bytes
    }

    // MARK: Lines

    /// Writes the lines above a family's first sample.
    private mutating func begin(_ family: Family) {
        guard self.family != family else { return }
        self.family = family
        let name = format == .openMetrics ? family.openMetricsName : family.name
        append("# HELP \(name) \(escaped(help: family.help))\n# TYPE \(name) \(family.kind.rawValue)\n")
        if format == .openMetrics, let unit = family.unit { append("# UNIT \(name) \(unit.rawValue)\n") }
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String, _ exemplar: Histogram.Exemplar? = nil) {
        append(name)
        if !labels.isEmpty {
            append("{")
            append(labels)
            append("}")
        }
        append(" ")
        append(value)
        if format == .openMetrics, let exemplar { append(exemplar) }
        append("\n")
    }

    private mutating func append(_ exemplar: Histogram.Exemplar) {
        let milliseconds = exemplar.at.nanosecondsSinceEpoch / 1_000_000
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        append(
            " # {trace_id=\"\(exemplar.traceID)\",span_id=\"\(exemplar.spanID)\"} "
                + "\(Self.text(Double(exemplar.nanoseconds) / 1e9)) \(milliseconds / 1000).\(fraction)")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    // MARK: Text

    private func rendered(_ labels: Labels) -> String {
        labels.map { "\($0.name)=\"\(Self.escaped(label: $0.value))\"" }.joined(separator: ",")
    }

    private func joined(_ labels: String, _ last: String) -> String { labels.isEmpty ? last : labels + "," + last }

    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }

    /// A number that identifies a series: `1` in the text format and `1.0` in OpenMetrics ("Considerations: Canonical Numbers").
    private func canonical(_ value: Double) -> String {
        let text = Self.text(value)
        return format == .text && text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func escaped(label value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else { return value }
        return escaped(value, quotes: true)
    }

    /// Only OpenMetrics escapes quotes in help.
    private func escaped(help: String) -> String { Self.escaped(help, quotes: format == .openMetrics) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
