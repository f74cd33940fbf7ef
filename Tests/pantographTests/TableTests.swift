import Foundation
import Testing

@testable import pantograph

@Suite struct TableTests {
    private static let columns: [Table.Column] = [
        .init(heading: "NAME", least: 6), .init(heading: "COUNT", isNumber: true), .init(heading: "CALL", least: 8),
    ]

    @Test func columnsAreAligned() {
        var table = Table(TableTests.columns)
        table.append(["inventory", "7", "GET /a"])
        table.append(["b", "1200", "-"])
        #expect(
            table.text(width: nil) == """
                NAME       COUNT  CALL
                inventory      7  GET /a
                b           1200  -

                """)
    }

    @Test func whatIsTooLongIsShortenedWhereItCanBe() {
        var table = Table(TableTests.columns)
        table.append(["inventory-of-the-north", "7", "POST /orders/with/a/long/path"])
        let lines = table.text(width: 40).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 40 } && lines[1].contains("…"))
        #expect(table.text(width: nil).contains("POST /orders/with/a/long/path"))
    }

    @Test func noColumnIsShortenedBelowItsLeast() {
        var table = Table(TableTests.columns)
        table.append(["inventory", "123456789", "POST /orders"])
        #expect(table.text(width: 10).split(separator: "\n")[1] == "inven…  123456789  POST /o…")
    }

    @Test func whatIsSpareGoesWhereThereIsNoRoomTheHighestFirst() {
        var table = Table([
            .init(heading: "NAME", least: 6), .init(heading: "B", spare: 1), .init(heading: "C", spare: 2), .init(heading: "D", spare: 2),
        ])
        table.append(["inventory", "bbbb", "cccc", "dddd"])
        func headings(_ width: Int?) -> String { table.text(width: width).split(separator: "\n")[0].filter { $0 != " " } }
        #expect(headings(nil) == "NAMEBCD" && headings(24) == "NAMEBCD" && headings(23) == "NAMEB" && headings(12) == "NAMEB")
        #expect(table.text(width: 11) == "NAME\ninventory\n")
        #expect(table.text(width: 24).contains("inven…  bbbb  cccc  dddd"))
    }

    @Test func aCellCanNeitherBreakALineNorMoveTheCursor() {
        var table = Table(TableTests.columns)
        table.append(["a\u{1B}[2J", "1", "b\nc\u{202E}"])
        let text = table.text(width: nil)
        #expect(text.split(separator: "\n").count == 2 && !text.contains("\u{1B}") && !text.contains("\u{202E}"))
    }

    @Test func factsAreAlignedAndThoseWithoutAValueLeftOut() {
        #expect(Facts([("a", "1"), ("none", nil), ("route", "x\ny")]).text == "a      1\nroute  x\\u{a}y\n")
    }
}

@Suite struct AgoTests {
    private static let now = Date(timeIntervalSince1970: 1_795_501_522)

    @Test(arguments: [
        ("2026-11-24T06:25:22.004Z", "now"), ("2026-11-24T06:25:12.000Z", "10s ago"), ("2026-11-24T06:22:00.500Z", "3m ago"),
        ("2026-11-23T06:25:22.000Z", "24h ago"), ("2026-11-20T06:25:22.000Z", "4d ago"), ("2026-11-24T06:26:02.500Z", "in 40s"),
        ("yesterday", "yesterday"),
    ])
    func timesAreRelative(_ time: String, _ words: String) {
        #expect(Ago.text(time, now: AgoTests.now) == words)
    }

    @Test(arguments: [
        ("2026-11-24T06:25:22.012Z", "+12ms"), ("2026-11-24T06:25:22.000Z", "+0ms"), ("2026-11-24T06:25:21.000Z", "+0ms"),
        ("2026-11-24T06:27:22.500Z", "+2m"), ("later", "later"),
    ])
    func attemptsBeganSoLongAfterTheCall(_ time: String, _ words: String) {
        #expect(Ago.after(time, "2026-11-24T06:25:22.000Z") == words)
    }

    @Test func nothingIsADash() { #expect(Ago.text(nil, now: AgoTests.now) == "-") }

    @Test(arguments: [(0.00084, "0.84ms"), (0.0123, "12.3ms"), (0.25, "250ms"), (1.254, "1.25s")])
    func latenciesHaveThreeDigits(_ seconds: Double, _ text: String) { #expect(Ago.latency(seconds) == text) }

    @Test(arguments: [(0.35, "350ms"), (59.9, "59s"), (3600.0, "1h"), (1e300, "long"), (.nan, "long")])
    func spansAreInTheirLargestUnit(_ seconds: Double, _ text: String) { #expect(Ago.span(seconds) == text) }
}
