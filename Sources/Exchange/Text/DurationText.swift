/// Durations as people write them: whole numbers with a unit, `250ms`, `2s`, `5m`, `24h`, `7d`, larger units
/// first where there are several (`1m30s`).
package enum DurationText {
    package static let expected = "a duration such as 250ms, 2s or 5m"

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    package static func parse(_ text: String) -> Duration? {
        var rest = text.utf8[...]
        var total: Int64 = 0
        var smallest = -1
        repeat {
            guard let number = wholeNumber(&rest) else { return nil }
            let letters = rest.prefix { $0 >= 0x61 && $0 <= 0x7A }
            rest = rest.dropFirst(letters.count)
            guard let unit = units.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }), unit > smallest else { return nil }
            smallest = unit
            let (part, overflow) = number.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, carried) = total.addingReportingOverflow(part)
            guard !overflow, !carried else { return nil }
            total = sum
        } while !rest.isEmpty
        return .milliseconds(total)
    }

    /// Digits at the start; at most twelve, so that no unit overflows unnoticed.
    private static func wholeNumber(_ rest: inout Substring.UTF8View) -> Int64? {
        let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard (1...12).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    /// What `parse` reads back to the same duration, where it is of whole milliseconds.
    package static func string(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        var rest = overflow ? Int64.max : scaled + attoseconds / 1_000_000_000_000_000
        guard rest > 0 else { return "0s" }
        var text = ""
        for unit in units
        where rest >= unit.milliseconds && (unit.name != "d" || rest % unit.milliseconds == 0 && rest > unit.milliseconds) {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text
    }
}
