import Foundation

/// A run's result as text for people and as JSON for programs.
struct LoadReport: Encodable {
    struct Latency: Encodable {
        var p50: Double
        var p90: Double
        var p99: Double
        var p999: Double
        var max: Double
    }

    var sent: Int
    var answered: Int
    var failed: Int
    var unsent: Int
    var by_status: [String: Int]
    var by_error: [String: Int]
    var seconds: Double
    var requests_per_second: Double
    var bytes_received: Int
    var latency_ms: Latency

    init(_ result: LoadResult) {
        sent = result.sent
        answered = result.answered
        failed = result.failed
        unsent = result.unsent
        by_status = Dictionary(uniqueKeysWithValues: result.byStatus.map { (String($0.key), $0.value) })
        by_error = Dictionary(uniqueKeysWithValues: result.byError.map { ($0.key.rawValue, $0.value) })
        seconds = Double(result.elapsed) / 1e9
        requests_per_second = result.perSecond
        bytes_received = result.bytesReceived
        func milliseconds(_ quantile: Double) -> Double { Double(result.latency.quantile(quantile)) / 1e6 }
        latency_ms = Latency(
            p50: milliseconds(0.5), p90: milliseconds(0.9), p99: milliseconds(0.99), p999: milliseconds(0.999),
            max: Double(result.latency.largest) / 1e6)
    }

    var text: String {
        var lines = ["calls     \(sent) sent, \(answered) answered, \(failed) failed" + (unsent > 0 ? ", \(unsent) due but not sent" : "")]
        lines.append(String(format: "rate      %.1f answers/s over %.1f s", requests_per_second, seconds))
        lines.append(
            String(
                format: "latency   p50 %.2f ms   p90 %.2f ms   p99 %.2f ms   p99.9 %.2f ms   max %.2f ms", latency_ms.p50, latency_ms.p90,
                latency_ms.p99, latency_ms.p999, latency_ms.max))
        let statuses = by_status.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        if !statuses.isEmpty { lines.append("statuses  " + statuses.joined(separator: "   ")) }
        let errors = by_error.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        if !errors.isEmpty { lines.append("errors    " + errors.joined(separator: "   ")) }
        return lines.joined(separator: "\n")
    }
}
