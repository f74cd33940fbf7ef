internal import Configuration

/// Rows under headings, aligned, and made to fit a terminal by shortening the columns that can bear it.
struct Table {
    struct Column {
        let heading: String
        /// Numbers stand at the right.
        var isNumber = false
        /// Characters that it is shortened to at most where the line is too long; nil where it always stands whole.
        var least: Int?
        /// Of a column that a narrow terminal does without: the highest goes first, all of one number together.
        var spare = 0
    }

    private static let gap = 2

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// - Parameter cells: one for each column; made fit for a terminal here.
    mutating func append(_ cells: [String]) {
        rows.append(columns.indices.map { $0 < cells.count ? Printable.text(cells[$0]) : "" })
    }

    /// - Parameter width: characters of a line; nil for as many as it takes.
    func text(width: Int?) -> String {
        let shown = narrowed(to: width)
        let widths = shown.widths(within: width)
        let lines = [shown.columns.map(\.heading)] + shown.rows
        return lines.map { shown.line(of: $0, widths) + "\n" }.joined()
    }

    /// Without the columns for which there is no room.
    private func narrowed(to width: Int?) -> Table {
        guard let width, let most = columns.map(\.spare).max(), most > 0, leastWidth > width else { return self }
        let kept = columns.indices.filter { columns[$0].spare < most }
        var table = Table(kept.map { columns[$0] })
        table.rows = rows.map { row in kept.map { row[$0] } }
        return table.narrowed(to: width)
    }

    /// Characters of a line that is shortened as far as it can be.
    private var leastWidth: Int {
        let widths = widths(within: nil)
        return columns.indices.reduce(Table.gap * (columns.count - 1)) { sum, place in
            sum + min(widths[place], columns[place].least.map { max($0, columns[place].heading.count) } ?? .max)
        }
    }

    private func widths(within width: Int?) -> [Int] {
        var widths = columns.indices.map { place in rows.reduce(columns[place].heading.count) { max($0, $1[place].count) } }
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + Table.gap * (columns.count - 1) - width
        while excess > 0 {
            // The one that has most to give gives first.
            let spare = columns.indices.map { place in columns[place].least.map { widths[place] - max($0, columns[place].heading.count) } ?? 0 }
            guard let place = spare.indices.max(by: { spare[$0] < spare[$1] }), spare[place] > 0 else { break }
            widths[place] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(of cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (place, cell) in cells.enumerated() {
            let shown = cell.count > widths[place] ? cell.prefix(widths[place] - 1) + "…" : cell[...]
            let padding = String(repeating: " ", count: widths[place] - shown.count)
            if place > 0 { line += String(repeating: " ", count: Table.gap) }
            line += columns[place].isNumber ? padding + shown : shown + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
