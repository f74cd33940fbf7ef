internal import Exchange

/// A value as it is shown: one tree, written as text for people and as JSON for programs.
package indirect enum Described: Sendable, Equatable {
    case nothing
    case text(String)
    case number(Int)
    case fraction(Double)
    case flag(Bool)
    case list([Described])
    case block([Entry])

    package struct Entry: Sendable, Equatable {
        package var key: String
        package var value: Described

        init(_ key: String, _ value: Described) {
            self.key = key
            self.value = value
        }
    }

    static func block(_ pairs: KeyValuePairs<String, Described>) -> Described {
        .block(pairs.map { Entry($0.key, $0.value) })
    }

    static func texts(_ texts: [String]) -> Described { .list(texts.map { .text($0) }) }

    static func text(_ text: String?) -> Described { text.map { .text($0) } ?? .nothing }

    static func duration(_ duration: Duration) -> Described { .text(DurationText.string(duration)) }

    static func size(_ bytes: Int) -> Described { .text(SizeText.string(bytes)) }
}

// MARK: JSON

extension Described {
    /// RFC 8259, on one line, keys in order.
    package var json: String {
        switch self {
        case .nothing: "null"
        case .text(let text): JSONText.quoted(text)
        case .number(let number): String(number)
        case .fraction(let fraction): fraction.isFinite ? "\(fraction)" : "null"
        case .flag(let flag): flag ? "true" : "false"
        case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .block(let entries):
            "{" + entries.map { "\(JSONText.quoted($0.key)):\($0.value.json)" }.joined(separator: ",") + "}"
        }
    }
}

// MARK: Text

extension Described {
    private static let width = 96

    /// Lines for people: keys in a column, small blocks on one line.
    package var lines: [String] {
        switch self {
        case .block(let entries): Described.lines(of: entries)
        case .list(let items): Described.lines(of: items)
        default: [inline ?? ""]
        }
    }

    private static func lines(of entries: [Entry]) -> [String] {
        let column = (entries.map(\.key.count).max() ?? 0) + 2
        return entries.flatMap { entry -> [String] in
            if let inline = entry.value.inline, inline.count <= width {
                return [entry.key + String(repeating: " ", count: column - entry.key.count) + inline]
            }
            return [entry.key] + entry.value.lines.map { "  " + $0 }
        }
    }

    private static func lines(of items: [Described]) -> [String] {
        items.enumerated().flatMap { index, item in
            item.lines.enumerated().map { ($0.offset == 0 ? "\(index + 1). " : "   ") + $0.element }
        }
    }

    /// On one line; nil for what has blocks within blocks.
    private var inline: String? {
        switch self {
        case .nothing: "none"
        case .text(let text): text
        case .number(let number): String(number)
        case .fraction(let fraction): "\(fraction)"
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let items): items.isEmpty ? "none" : joined(items.map(\.leaf))
        case .block(let entries):
            entries.isEmpty ? "none" : joined(entries.map { entry in entry.value.leaf.map { "\(entry.key) \($0)" } })
        }
    }

    private func joined(_ parts: [String?]) -> String? {
        let known = parts.compactMap { $0 }
        return known.count == parts.count ? known.joined(separator: ", ") : nil
    }

    /// Within a line.
    private var leaf: String? {
        switch self {
        case .list: inline.map { self == .list([]) ? "[]" : "[\($0)]" }
        case .block: nil
        default: inline
        }
    }
}
