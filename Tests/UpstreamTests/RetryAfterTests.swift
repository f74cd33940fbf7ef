import Exchange
import Testing

@testable import Upstream

@Suite struct RetryAfterTests {
    /// 2026-11-24T12:00:00Z.
    private static let now = WallTime(nanosecondsSinceEpoch: 1_795_521_600 * 1_000_000_000)

    @Test(arguments: [
        ("0", 0), ("1", 1), ("120", 120), (" 5 ", 5), ("007", 7), ("99999999999999999999999", 366 * 86_400), ("31622401", 366 * 86_400),
        // The three forms of a date, an hour ahead.
        ("Tue, 24 Nov 2026 13:00:00 GMT", 3600), ("Tuesday, 24-Nov-26 13:00:00 GMT", 3600), ("Tue Nov 24 13:00:00 2026", 3600),
        // A single digit with the space that asctime puts before it.
        ("Tue Dec  1 12:00:00 2026", 7 * 86_400),
        // Past, or now.
        ("Tue, 24 Nov 2026 12:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        // Two digits: at most fifty years ahead.
        ("Friday, 24-Nov-76 12:00:00 GMT", 366 * 86_400), ("Thursday, 24-Nov-77 12:00:00 GMT", 0),
        // Leap days and a leap second.
        ("Tue, 24 Nov 2026 23:59:60 GMT", 43_200), ("Mon, 24 Nov 2087 12:00:00 GMT", 366 * 86_400),
    ]) func isRead(text: String, seconds: Int) {
        #expect(RetryAfter.duration(text, now: Self.now) == .seconds(seconds))
    }

    @Test(arguments: [
        "", " ", "-1", "+1", "1.5", "1s", "1 2", "soon", "Tue, 24 Nov 2026 13:00:00", "Tue, 24 Nov 2026 13:00:00 CET", "Tue, 24 Nov 2026 24:00:00 GMT",
        "Tue, 24 Nov 2026 13:60:00 GMT", "Tue, 24 Nov 2026 13:00:61 GMT", "Tue, 00 Nov 2026 13:00:00 GMT", "Tue, 32 Nov 2026 13:00:00 GMT",
        "Tue, 24 Foo 2026 13:00:00 GMT", "Tue, 24 Nov 20266 13:00:00 GMT", "Tue, 24 Nov 2026 1:00:00 GMT", "Tue, 24 Nov 2026 13:00 GMT", "Tue, , 24 Nov GMT", "é",
    ]) func isNotRead(text: String) {
        #expect(RetryAfter.duration(text, now: Self.now) == nil)
    }

    /// Against the calendar counted day by day.
    @Test func everyDayOfACentury() {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var day: Int64 = 0
        for year in 1970..<2070 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for date in 1...length {
                    let text = "Xxx, \(date < 10 ? "0" : "")\(date) \(months[month]) \(year) 00:00:01 GMT"
                    #expect(HTTPDate.secondsSinceEpoch(Array(text.utf8), now: Self.now) == day * 86_400 + 1)
                    day += 1
                }
            }
        }
    }
}
