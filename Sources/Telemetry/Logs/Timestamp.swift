internal import Exchange

/// Calendar time as RFC 3339 writes it: UTC, with microseconds.
enum Timestamp {
    /// Appends e.g. `2026-11-24T06:25:22.004312Z`.
    static func append(_ time: WallTime, to bytes: inout [UInt8]) {
        let seconds = Int(time.nanosecondsSinceEpoch / 1_000_000_000)
        let date = CivilDate(daysSinceEpoch: seconds / 86_400)
        append(date.year, digits: 4, then: "-", to: &bytes)
        append(date.month, digits: 2, then: "-", to: &bytes)
        append(date.day, digits: 2, then: "T", to: &bytes)
        append(seconds / 3600 % 24, digits: 2, then: ":", to: &bytes)
        append(seconds / 60 % 60, digits: 2, then: ":", to: &bytes)
        append(seconds % 60, digits: 2, then: ".", to: &bytes)
        append(Int(time.nanosecondsSinceEpoch / 1000 % 1_000_000), digits: 6, then: "Z", to: &bytes)
    }

    private static func append(_ value: Int, digits: Int, then mark: Unicode.Scalar, to bytes: inout [UInt8]) {
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
