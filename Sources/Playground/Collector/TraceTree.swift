import Foundation

/// One trace as text: a line about it, then its spans as a tree, in columns.
struct TraceTree {
    let colours: Bool

    func text(_ trace: TraceShelf.Trace) -> String {
        var lines = [headline(trace)]
        let rows = rows(of: trace)
        let widths = (0..<Row.columns).map { column in rows.map { $0.cells[column].count }.max() ?? 0 }
        lines += rows.map { line($0, widths) }
        if trace.dropped > 0 { lines.append("   … and \(trace.dropped) more spans") }
        return lines.joined(separator: "\n")
    }

    private func headline(_ trace: TraceShelf.Trace) -> String {
        let service = trace.spans.compactMap(\.service).first.map { "  \($0)" } ?? ""
        let number = trace.spans.count == 1 ? "1 span" : "\(trace.spans.count) spans"
        return paint("trace \(trace.id)", .bold) + "  \(TraceTree.clock(trace.start))  \(TraceTree.milliseconds(trace.duration))  \(number)\(service)"
    }

    // MARK: The tree

    private struct Row {
        static let columns = 7
        /// Tree and kind, name, start, duration, upstream and role, outcome, attempt and result.
        var cells: [String]
        var isError: Bool
    }

    private func rows(of trace: TraceShelf.Trace) -> [Row] {
        let spans = trace.spans.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        let known = Set(spans.map(\.spanID))
        let children = Dictionary(grouping: spans) { known.contains($0.parentID) && $0.parentID != $0.spanID ? $0.parentID : "" }
        var rows: [Row] = []
        var visited = Set<String>()
        append(children[""] ?? [], under: "", children, origin: trace.start, &rows, &visited)
        // Spans that are each other's parents hang on no root.
        let stray = spans.filter { !visited.contains($0.spanID) }
        append(stray, under: "", [:], origin: trace.start, &rows, &visited)
        return rows
    }

    private func append(
        _ spans: [Span], under stem: String, _ children: [String: [Span]], origin: UInt64, _ rows: inout [Row], _ visited: inout Set<String>
    ) {
        for (place, span) in spans.enumerated() {
            visited.insert(span.spanID)
            let isLast = place == spans.count - 1
            rows.append(row(span, stem + (isLast ? "└─ " : "├─ "), origin: origin))
            let below = (children[span.spanID] ?? []).filter { !visited.contains($0.spanID) }
            append(below, under: stem + (isLast ? "   " : "│  "), children, origin: origin, &rows, &visited)
        }
    }

    private func row(_ span: Span, _ stem: String, origin: UInt64) -> Row {
        let start = span.start > origin ? span.start - origin : 0
        let outcome = [span.status.map(String.init), span.errorClass.flatMap { $0 == span.status.map(String.init) ? nil : $0 }]
        let attempt = span.resendCount > 0 ? "attempt \(span.resendCount + 1)" : nil
        return Row(
            cells: [
                stem + span.kind.name, TraceTree.printable(span.name), "+" + TraceTree.milliseconds(start),
                TraceTree.milliseconds(span.duration), [span.upstream, span.role].compactMap { $0 }.map(TraceTree.printable).joined(separator: " "),
                outcome.compactMap { $0 }.map(TraceTree.printable).joined(separator: " "),
                ([attempt, span.result].compactMap { $0 } + span.events.map(TraceTree.short)).map(TraceTree.printable).joined(separator: ", "),
            ],
            isError: span.isError)
    }

    // MARK: Text

    private func line(_ row: Row, _ widths: [Int]) -> String {
        var cells: [String] = []
        for (column, cell) in row.cells.enumerated() where widths[column] > 0 {
            let space = String(repeating: " ", count: widths[column] - cell.count)
            let isNumber = column == 2 || column == 3
            let padded = isNumber ? space + cell : cell + space
            cells.append(column == 5 ? paint(padded, row.isError ? .red : .green) : column == 2 ? paint(padded, .dim) : padded)
        }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    private enum Paint: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
    }

    private func paint(_ text: String, _ paint: Paint) -> String {
        colours && text.contains { $0 != " " } ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// An event's name without the prefix that all of pantograph's have.
    private static func short(_ event: String) -> String {
        event.hasPrefix("pantograph.") ? String(event.dropFirst("pantograph.".count)) : event
    }

    static func milliseconds(_ nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds) / 1e6
        return String(format: value < 10 ? "%.2f ms" : value < 1000 ? "%.1f ms" : "%.0f ms", value)
    }

    /// The local time of day.
    static func clock(_ nanoseconds: UInt64) -> String {
        var seconds = time_t(clamping: nanoseconds / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return String(format: "%02d:%02d:%02d.%03d", parts.tm_hour, parts.tm_min, parts.tm_sec, Int(nanoseconds / 1_000_000 % 1000))
    }

    /// Without characters that would steer a terminal: names come from whoever sends spans.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : $0 }))
    }
}
