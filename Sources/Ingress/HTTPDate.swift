internal import Exchange
internal import NIOCore

/// The `Date` field's value in the form of RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    static func write(_ time: WallTime, to output: inout ByteBuffer) {
        let seconds = Int(time.nanosecondsSinceEpoch / 1_000_000_000)
        let date = CivilDate(daysSinceEpoch: seconds / 86_400)
        output.writeInteger(letters(days, at: seconds / 86_400 % 7).0)
        output.writeInteger(letters(days, at: seconds / 86_400 % 7).1)
        output.writeStaticString(", ")
        writeTwoDigits(date.day, to: &output)
        output.writeStaticString(" ")
        output.writeInteger(letters(months, at: date.month - 1).0)
        output.writeInteger(letters(months, at: date.month - 1).1)
        output.writeStaticString(" ")
        writeTwoDigits(date.year / 100 % 100, to: &output)
        writeTwoDigits(date.year % 100, to: &output)
        output.writeStaticString(" ")
        writeTwoDigits(seconds / 3600 % 24, to: &output)
        output.writeStaticString(":")
        writeTwoDigits(seconds / 60 % 60, to: &output)
        output.writeStaticString(":")
        writeTwoDigits(seconds % 60, to: &output)
        output.writeStaticString(" GMT")
    }

    /// The three letters at one place of a table, in one piece of two and one of one.
    private static func letters(_ table: StaticString, at place: Int) -> (UInt16, UInt8) {
        let bytes = table.utf8Start + place * 3
        return (UInt16(bytes[0]) << 8 | UInt16(bytes[1]), bytes[2])
    }

    private static func writeTwoDigits(_ number: Int, to output: inout ByteBuffer) {
        output.writeInteger(UInt16(0x30 + number / 10) << 8 | UInt16(0x30 + number % 10))
    }
}
