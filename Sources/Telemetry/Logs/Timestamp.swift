internal import Exchange

/// Calendar time as RFC 3339 writes it: UTC, with microseconds.
enum Timestamp {
    /// Appends e.g. `2026-11-24T06:25:22.004312Z`.
    static func append(_ time: WallTime, to bytes: inout [UInt8]) {
        let seconds = time.nanosecondsSinceEpoch / 1_000_000_000
        let (year, month, day) = date(daysSinceEpoch: seconds / 86_400)
        append(year, digits: 4, then: "-", to: &bytes)
        append(month, digits: 2, then: "-", to: &bytes)
        append(day, digits: 2, then: "T", to: &bytes)
        append(seconds / 3600 % 24, digits: 2, then: ":", to: &bytes)
        append(seconds / 60 % 60, digits: 2, then: ":", to: &bytes)
        append(seconds % 60, digits: 2, then: ".", to: &bytes)
        append(time.nanosecondsSinceEpoch / 1000 % 1_000_000, digits: 6, then: "Z", to: &bytes)
    }

    /// The Gregorian date, counted in eras of 400 years (146,097 days) that begin in March, so that the leap day comes last.
    static func date(daysSinceEpoch days: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let daysFromEraStart = days + 719_468
        let era = daysFromEraStart / 146_097
        let dayOfEra = daysFromEraStart % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func append(_ value: UInt64, digits: Int, then mark: Unicode.Scalar, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0x30, count: digits))
        var rest = value
        for place in (start..<start + digits).reversed() {
            bytes[place] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        bytes.append(UInt8(ascii: mark))
    }
}
