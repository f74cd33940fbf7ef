internal import Exchange

/// The `Date` field's value in the form of RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    static func write(_ time: WallTime, to head: inout HeadBytes) {
        let seconds = Int(time.nanosecondsSinceEpoch / 1_000_000_000)
        let date = CivilDate(daysSinceEpoch: seconds / 86_400)
        head.put(letters(days, at: seconds / 86_400 % 7))
        head.put(", ")
        head.put(twoDigits: date.day)
        head.put(" ")
        head.put(letters(months, at: date.month - 1))
        head.put(" ")
        head.put(twoDigits: date.year / 100 % 100)
        head.put(twoDigits: date.year % 100)
        head.put(" ")
        head.put(twoDigits: seconds / 3600 % 24)
        head.put(":")
        head.put(twoDigits: seconds / 60 % 60)
        head.put(":")
        head.put(twoDigits: seconds % 60)
        head.put(" GMT")
    }

    /// The three letters at one place of a table.
    private static func letters(_ table: StaticString, at place: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: table.utf8Start + place * 3, count: 3)
    }
}
