import Foundation
import Testing

@testable import pantograph

/// What `tap` and `top` show.
@Suite struct LiveTextTests {
    @Test(arguments: [
        ([0, 1, 2, 4, 8], 5, "▁▂▃▅█"), ([1, nil, 1], 3, "█ █"), ([0, 0], 2, "▁▁"), ([1, 2, 3], 2, "▆█"), ([5], 3, "  █"), ([], 2, "  "),
        ([.nan, .infinity, 1], 3, "  █"),
    ] as [([Double?], Int, String)])
    func aGraphIsAsHighAsItsHighestValue(_ values: [Double?], _ width: Int, _ expected: String) {
        #expect(Blocks.text(values, width: width) == expected)
    }

    @Test func aLineTellsTheCallAndWhatEachUpstreamMadeOfIt() throws {
        let line = """
            {"id":"x","route":"orders","received_at":"2026-11-24T12:04:05.123Z","method":"POST","target":"/orders","status":201,\
            "class":null,"duration_ms":12.34,"deliveries":{"audit":{"role":"mirror","state":"skipped","attempts":0,"last_class":null,\
            "last_status":null,"skip_reason":"paused","duration_ms":null},"inventory":{"role":"primary","state":"delivered","attempts":1,\
            "last_class":null,"last_status":201,"skip_reason":null,"duration_ms":9.1},"shipping":{"role":"mirror","state":"pending",\
            "attempts":2,"last_class":"http_5xx","last_status":503,"skip_reason":null,"duration_ms":31}}}
            """
        let entry = try #require(TapEntry(Data(line.utf8)))
        #expect(
            entry.text() == """
                12:04:05.123 POST /orders 201 12.3ms  inventory 201 9.10ms  audit skipped paused  \
                shipping 503 http_5xx pending 31.0ms 2 attempts
                """)
    }

    @Test func whatIsMissedIsSaidAndWhatIsNotKnownIsNot() throws {
        #expect(try #require(TapEntry(Data("{\"missed\":7}".utf8))).text() == "… 7 missed")
        for line in ["", "{}", "{\"title\":\"x\"}", "[1]", "nonsense"] { #expect(TapEntry(Data(line.utf8)) == nil) }
    }

    @Test func aLineIsFitForATerminal() throws {
        let line = "{\"method\":\"GET\",\"target\":\"/\\u001b[31m\",\"deliveries\":{}}"
        #expect(try !#require(TapEntry(Data(line.utf8))).text().contains("\u{1B}"))
    }

    @Test(arguments: [("250", 250), ("0.5", 0.5), ("250ms", 250), ("1s", 1000), ("1m30s", 90_000), ("0", 0)])
    func theLeastDurationIsANumberOrADuration(_ text: String, _ milliseconds: Double) {
        #expect(LeastDuration(argument: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "-1", "inf", "nan", "soon", "1 s"])
    func whatIsNoLeastDuration(_ text: String) { #expect(LeastDuration(argument: text) == nil) }

    private func frame() throws -> TopFrame {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let upstreams = """
            {"upstreams":[{"name":"my_upstream","breaker":"open","paused_for_s":null,"quota_remaining":null,"in_flight":0,"pending":3,\
            "lag_s":61.0,"dead_letters":0,"latency":{"mirror":{"p50":0.002,"p99":0.2},"primary":{"p50":0.001,"p99":0.1}}}]}
            """
        func point(_ rate: Double) -> String {
            """
            {"at":"2026-11-24T12:37:01.288Z","upstreams":{"my_upstream":{"primary":{"rate":\(rate),"errors":{"http_5xx":4,"reset":1},\
            "p50":0.001,"p95":0.05,"p99":0.1},"mirror":{"rate":0,"errors":{},"p50":null,"p95":null,"p99":null},"pending":3,"lag_s":61,\
            "breaker":"open","rate_limited":9}}}
            """
        }
        let history = "{\"interval_s\":10,\"points\":[\(point(2)),\(point(4))]}"
        return TopFrame(
            upstreams: try decoder.decode(UpstreamEntry.List.self, from: Data(upstreams.utf8)).upstreams,
            history: try decoder.decode(HistoryEntry.self, from: Data(history.utf8)))
    }

    @Test func aFrameHasALineForEachRoleAndGraphsWhereThereIsRoom() throws {
        let lines = try frame().text(width: 160).split(separator: "\n")
        #expect(lines.count == 3 && lines[1].hasPrefix("my_upstream  primary"))
        for word in ["4.0", "50.0ms", "4 http_5xx +1", "9", "3", "1m", "open", "▅█"] { #expect(lines[1].contains(word), "\(word): \(lines[1])") }
        #expect(lines[2].contains("mirror") && lines[2].contains("200ms") && !lines[2].contains("open"))
        let narrow = try frame().text(width: 80).split(separator: "\n")
        #expect(narrow.allSatisfy { $0.count <= 80 } && !narrow[1].contains("█"))
        for word in ["my_upstream", "4.0", "4 http_5xx", "100ms", "open"] { #expect(narrow[1].contains(word), "\(word): \(narrow[1])") }
    }

    @Test func withoutHistoryThereIsAFrameAllTheSame() throws {
        let empty = TopFrame(upstreams: try frame().upstreams, history: HistoryEntry(intervalS: 10, points: []))
        #expect(empty.text(width: nil).contains("my_upstream"))
        #expect(TopFrame(upstreams: [], history: HistoryEntry(intervalS: 10, points: [])).text(width: 80).contains("no upstream"))
    }
}
