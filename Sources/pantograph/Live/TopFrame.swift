internal import Configuration
internal import Foundation

/// One picture of `pantograph top`.
struct TopFrame {
    private static let graphWidth = 18

    let upstreams: [UpstreamEntry]
    let history: HistoryEntry

    /// - Parameter width: characters of a line; nil for as many as it takes.
    func text(width: Int?) -> String {
        guard !upstreams.isEmpty else { return "It tells of no upstream.\n" }
        return table.text(width: width)
    }

    private var table: Table {
        // Graphs stand whole or not at all: figures cut in half would say something else.
        var table = Table([
            .init(heading: "UPSTREAM", least: 8), .init(heading: "ROLE"), .init(heading: "REQ/S", isNumber: true),
            .init(heading: "P50", isNumber: true), .init(heading: "P95", isNumber: true, spare: 1), .init(heading: "P99", isNumber: true),
            .init(heading: "ERRORS", least: 11), .init(heading: "429", isNumber: true), .init(heading: "PENDING", isNumber: true),
            .init(heading: "LAG", isNumber: true, spare: 2), .init(heading: "BREAKER"), .init(heading: "RATE", spare: 3),
            .init(heading: "P99", spare: 3),
        ])
        for upstream in upstreams {
            let roles = upstream.latency.keys.sorted(by: >)
            for (place, role) in (roles.isEmpty ? ["-"] : roles).enumerated() {
                table.append(cells(upstream, role, isFirst: place == 0) + graphCells(upstream.name, role))
            }
        }
        return table
    }

    private func cells(_ upstream: UpstreamEntry, _ role: String, isFirst: Bool) -> [String] {
        let course = history.course(of: upstream.name, role)
        let (leg, now) = (course.last ?? nil, upstream.latency[role])
        let limited = history.points.last?.upstreams[upstream.name]?.rateLimited
        let standing = [
            limited.map { String($0) } ?? "-", String(upstream.pending), upstream.pending > 0 ? Ago.span(upstream.lagS) : "-",
            upstream.pausedForS.map { "paused " + Ago.span($0.rounded(.up)) } ?? upstream.breaker ?? "-",
        ]
        return [
            isFirst ? upstream.name : "", role, leg.map { TopFrame.rate($0.rate) } ?? "-", Ago.latency(now?.p50),
            Ago.latency(leg?.p95), Ago.latency(now?.p99), leg.map { TopFrame.errors($0.errors) } ?? "-",
        ] + (isFirst ? standing : ["", "", "", ""])
    }

    private func graphCells(_ upstream: String, _ role: String) -> [String] {
        let course = history.course(of: upstream, role)
        return [
            Blocks.text(course.map { $0?.rate }, width: TopFrame.graphWidth), Blocks.text(course.map { $0?.p99 }, width: TopFrame.graphWidth),
        ]
    }

    static func rate(_ perSecond: Double) -> String {
        perSecond < 10 && perSecond > 0 ? String(format: "%.1f", perSecond) : String(format: "%.0f", perSecond)
    }

    /// The most frequent class and how many it was, and how many others.
    static func errors(_ errors: [String: Int]) -> String {
        guard let most = errors.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return "-" }
        let others = errors.values.reduce(0, +) - most.value
        return "\(most.value) \(most.key)" + (others > 0 ? " +\(others)" : "")
    }
}
