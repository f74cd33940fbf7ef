/// A small graph of one line: a Unicode block for each value, as high as it is among the others.
enum Blocks {
    private static let steps = Array("▁▂▃▄▅▆▇█")

    /// - Parameters:
    ///   - values: oldest first; nil where there was none.
    ///   - width: characters; the newest values are shown where there are more.
    static func text(_ values: [Double?], width: Int) -> String {
        let shown = values.suffix(max(0, width))
        let highest = shown.compactMap(\.self).filter(\.isFinite).max() ?? 0
        let blocks = shown.map { value -> Character in
            guard let value, value.isFinite else { return " " }
            guard highest > 0, value > 0 else { return steps[0] }
            return steps[min(steps.count - 1, Int(value / highest * Double(steps.count)))]
        }
        return String(repeating: " ", count: max(0, width - blocks.count)) + String(blocks)
    }
}
