internal import Foundation

/// Times and lengths of time as people say them.
enum Ago {
    /// `3m ago`, `in 20s`, `now`; the text itself where it is no RFC 3339 time.
    static func text(_ time: String?, now: Date) -> String {
        guard let time else { return "-" }
        guard let date = date(time) else { return time }
        let seconds = now.timeIntervalSince(date)
        if abs(seconds) < 1 { return "now" }
        return seconds > 0 ? span(seconds) + " ago" : "in " + span(-seconds)
    }

    /// `+350ms`: how long after another time; the text itself where either is no RFC 3339 time.
    static func after(_ time: String, _ other: String) -> String {
        guard let date = date(time), let start = self.date(other) else { return time }
        let milliseconds = max(0, date.timeIntervalSince(start) * 1000).rounded()
        return "+" + span(milliseconds / 1000)
    }

    static func date(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The largest unit that is not nothing, rounded down: `3m`, `59s`, `2d`, `350ms`.
    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<1: "\(Int(seconds * 1000))ms"
        case ..<60: "\(Int(seconds))s"
        case ..<3600: "\(Int(seconds / 60))m"
        case ..<172_800: "\(Int(seconds / 3600))h"
        case ..<1e9: "\(Int(seconds / 86_400))d"
        default: "long"
        }
    }

    /// A latency, with three digits that count: `0.8ms`, `12.3ms`, `1.25s`.
    static func latency(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        let milliseconds = seconds * 1000
        if milliseconds < 10 { return decimal(milliseconds, 2) + "ms" }
        if milliseconds < 100 { return decimal(milliseconds, 1) + "ms" }
        return milliseconds < 1000 ? decimal(milliseconds, 0) + "ms" : decimal(seconds, 2) + "s"
    }

    private static func decimal(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
