internal import Exchange

/// Calendar time as RFC 3339 writes it: UTC, with milliseconds, e.g. `2026-11-24T06:25:22.004Z`.
enum TimeText {
    static func string(_ time: WallTime) -> String {
        let seconds = Int(time.nanosecondsSinceEpoch / 1_000_000_000)
        let date = CivilDate(daysSinceEpoch: seconds / 86_400)
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        let clock = "\(padded(seconds / 3600 % 24, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(day)T\(clock).\(padded(Int(time.nanosecondsSinceEpoch / 1_000_000 % 1000), 3))Z"
    }

    private static func padded(_ value: Int, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
