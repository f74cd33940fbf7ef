package import Exchange

/// The value of `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in any of the three forms of 5.6.7.
package enum RetryAfter {
    /// More than anybody waits for: longer ones are cut to it.
    static let longest = Duration.seconds(366 * 24 * 3600)

    /// How long to wait from `now`: zero for a date in the past, nil for what can't be read.
    package static func duration(_ value: String, now: WallTime) -> Duration? {
        let text = Array(value.utf8.drop(while: isSpace))
        guard let first = text.first else { return nil }
        if isDigit(first) { return seconds(text) }
        guard let date = HTTPDate.secondsSinceEpoch(text, now: now) else { return nil }
        let wait = date - Int64(now.nanosecondsSinceEpoch / 1_000_000_000)
        return min(longest, .seconds(max(0, wait)))
    }

    private static func seconds(_ text: [UInt8]) -> Duration? {
        var seconds = 0
        for (place, digit) in text.enumerated() {
            guard isDigit(digit) else {
                return text[place...].allSatisfy(isSpace) ? min(longest, .seconds(seconds)) : nil
            }
            // Held at a bound well above the longest, so that no number of digits overflows.
            seconds = min(seconds * 10 + Int(digit - 0x30), 1_000_000_000)
        }
        return min(longest, .seconds(seconds))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// Dates of HTTP (RFC 9110, 5.6.7): IMF-fixdate, and the two older forms that a recipient must take too.
enum HTTPDate {
    static func secondsSinceEpoch(_ text: [UInt8], now: WallTime) -> Int64? {
        // Words and numbers in order tell the forms apart: "Sun, 06 Nov 1994 08:49:37 GMT" and
        // "Sunday, 06-Nov-94 08:49:37 GMT" have the day first, "Sun Nov  6 08:49:37 1994" the month.
        let parts = text.split { $0 == 0x20 || $0 == 0x2C || $0 == 0x2D || $0 == 0x09 }
        if parts.count == 6, Array(parts[5]) == Array("GMT".utf8) {
            return time(day: parts[1], month: parts[2], year: parts[3], clock: parts[4], now: now)
        }
        guard parts.count == 5, parts[4].count == 4 else { return nil }
        return time(day: parts[2], month: parts[1], year: parts[4], clock: parts[3], now: now)
    }

    private static func time(
        day: ArraySlice<UInt8>, month: ArraySlice<UInt8>, year: ArraySlice<UInt8>, clock: ArraySlice<UInt8>, now: WallTime
    ) -> Int64? {
        guard let day = number(day, digits: 1...2), (1...31).contains(day), let month = months.firstIndex(of: Array(month)),
            let year = fullYear(year, now: now), let clock = secondsOfDay(clock)
        else { return nil }
        return days(year: year, month: Int64(month) + 1, day: day) * 86_400 + clock
    }

    /// A year of two digits that would lie more than 50 years ahead is of the century before.
    private static func fullYear(_ text: ArraySlice<UInt8>, now: WallTime) -> Int64? {
        if text.count == 4 { return number(text, digits: 4...4) }
        guard let short = number(text, digits: 2...2) else { return nil }
        let thisYear = 1970 + Int64(now.nanosecondsSinceEpoch / 1_000_000_000) / 31_556_952
        let year = thisYear / 100 * 100 + short
        return year > thisYear + 50 ? year - 100 : year
    }

    private static func secondsOfDay(_ text: ArraySlice<UInt8>) -> Int64? {
        let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = number(parts[0], digits: 2...2), hour < 24,
            let minute = number(parts[1], digits: 2...2), minute < 60,
            let second = number(parts[2], digits: 2...2), second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: ArraySlice<UInt8>, digits: ClosedRange<Int>) -> Int64? {
        guard digits.contains(text.count), text.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that a leap day is a year's last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let yearDays = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400
        return yearDays + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .map { Array($0.utf8) }
}
