/// The two ways in which metrics are written, and which of them a scraper gets.
package enum ExpositionFormat: Sendable {
    /// Prometheus's text format, version 0.0.4: what a client gets that asks for nothing it can be given.
    case text
    /// OpenMetrics 1.0.0, which alone carries exemplars.
    case openMetrics

    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Chooses by the value of `Accept` (RFC 9110, 12.5.1): the higher weight, then the more exact range, then the one that
    /// stands first. Ranges that can't be read count for nothing; where nothing fits, it is the text format.
    package init(accept: String?) {
        let ranges = (accept ?? "").split(separator: ",").prefix(Self.longestList).enumerated().compactMap(MediaRange.init)
        let text = MediaRange.preference(of: ("text", "plain", "0.0.4"), in: ranges)
        let open = MediaRange.preference(of: ("application", "openmetrics-text", "1.0.0"), in: ranges)
        guard let open, open.weight > 0 else { self = .text; return }
        guard let text else { self = .openMetrics; return }
        let key = { (range: MediaRange) in (range.weight, range.exactness, -range.place) }
        self = key(open) > key(text) ? .openMetrics : .text
    }

    /// Ranges that are looked at; scrapers send a handful.
    private static let longestList = 64
}

/// One element of `Accept`.
private struct MediaRange {
    let place: Int
    let type: String
    let subtype: String
    let version: String?
    let weight: Double

    init?(place: Int, text: Substring) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        let names = parts[0].lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*" else { return nil }
        var (version, weight): (String?, Double) = (nil, 1)
        for part in parts.dropFirst() where !part.isEmpty {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let value = Self.trimmed(part[part.index(after: equals)...])
            switch Self.trimmed(part[..<equals]).lowercased() {
            case "q":
                guard let parsed = Self.weight(value) else { return nil }
                weight = parsed
            case "version": version = value.filter { $0 != "\"" }
            default: break
            }
        }
        self.place = place
        self.type = String(names[0])
        self.subtype = String(names[1])
        self.version = version
        self.weight = weight
    }

    /// 2 for the type itself, 1 for all of its kind, 0 for everything.
    var exactness: Int { subtype != "*" ? 2 : type != "*" ? 1 : 0 }

    /// The range that decides for a media type: the most exact one that fits, of equals the heaviest.
    static func preference(of wanted: (type: String, subtype: String, version: String), in ranges: [MediaRange]) -> MediaRange? {
        ranges.filter { range in
            (range.type == "*" || range.type == wanted.type) && (range.subtype == "*" || range.subtype == wanted.subtype)
                && (range.version ?? wanted.version) == wanted.version
        }.max { ($0.exactness, $0.weight, -$0.place) < ($1.exactness, $1.weight, -$1.place) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// `0` to `1` with at most three decimals (RFC 9110, 12.4.2).
    private static func weight(_ text: Substring) -> Double? {
        guard 1...5 ~= text.utf8.count, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2E }), let value = Double(text),
            0...1 ~= value
        else { return nil }
        return value
    }
}
