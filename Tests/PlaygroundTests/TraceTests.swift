import Exchange
import Testing

@testable import Playground

@Suite("Traces on the shelf and on the page")
struct TraceTests {
    private func span(_ trace: String, _ id: String, parent: String = "", start: UInt64 = 0, end: UInt64 = 1_000_000) -> Span {
        var span = Span()
        span.traceID = trace
        span.spanID = id
        span.parentID = parent
        span.name = "POST"
        span.kind = parent.isEmpty ? .server : .client
        span.start = start
        span.end = end
        return span
    }

    private func trace(_ id: String, _ spans: Span...) -> TraceShelf.Trace {
        TraceShelf.Trace(id: id, spans: spans, lastSpanAt: MonotonicTime(nanoseconds: 0))
    }

    private func time(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    // MARK: The shelf

    @Test("a trace is taken once it has been quiet, and each new span holds it back")
    func quiet() {
        var shelf = TraceShelf(quiet: .seconds(1))
        shelf.add(span("a", "1"), at: time(0))
        shelf.add(span("b", "1"), at: time(500))
        shelf.add(span("a", "2", parent: "1"), at: time(900))
        #expect(shelf.takeQuiet(at: time(1000)).traces.isEmpty)
        #expect(shelf.takeQuiet(at: time(1500)).traces.map(\.id) == ["b"])
        let last = shelf.takeQuiet(at: time(1900)).traces
        #expect(last.map(\.spans.count) == [2])
        #expect(shelf.count == 0)
    }

    @Test("spans of one trace are bounded")
    func spanBound() {
        var shelf = TraceShelf(spanBound: 3)
        for number in 0..<5 { shelf.add(span("a", "\(number)"), at: time(0)) }
        let trace = shelf.takeQuiet(at: time(5000)).traces[0]
        #expect(trace.spans.count == 3)
        #expect(trace.dropped == 2)
    }

    @Test("traces are bounded: each is taken or counted as forgotten, and the quietest goes first")
    func traceBound() {
        var shelf = TraceShelf(traceBound: 10)
        for number in 0..<100 {
            shelf.add(span("\(number)", "1", start: UInt64(number)), at: time(UInt64(number)))
            #expect(shelf.count <= 10)
        }
        let taken = shelf.takeQuiet(at: time(10_000))
        #expect(taken.traces.count == 20)
        #expect(taken.forgotten == 80)
        #expect(taken.traces.map(\.id) == (80..<100).map(String.init))
        #expect(shelf.takeQuiet(at: time(20_000)).forgotten == 0)
    }

    // MARK: The choice

    @Test("errors come before retries, retries before slow ones; the order stays")
    func choice() {
        var failed = span("error", "1")
        failed.isError = true
        var repeated = span("retry", "1")
        repeated.resendCount = 1
        let traces = [
            trace("fast", span("fast", "1")), trace("slow", span("slow", "1", end: 9_000_000)), trace("retry", repeated), trace("error", failed),
        ]
        let expected = [1: ["error"], 2: ["retry", "error"], 3: ["slow", "retry", "error"], 4: ["fast", "slow", "retry", "error"]]
        for (limit, ids) in expected {
            let choice = TraceChoice(traces, limit: limit)
            #expect(choice.shown.map(\.id) == ids)
            #expect(choice.hidden == 4 - limit)
        }
    }

    @Test("what is left out is said")
    func remark() {
        var failed = span("e", "1")
        failed.isError = true
        let traces = (0..<5).map { trace("\($0)", failed) }
        #expect(TraceChoice(traces, limit: 5).remark == nil)
        #expect(TraceChoice(traces, limit: 3).remark == "… and 2 more traces, 2 of them with errors")
        #expect(TraceChoice([], forgotten: 7, limit: 3).remark == "… and 7 more traces")
    }

    // MARK: The page

    @Test("a tree in columns, children below their parents by their start")
    func tree() {
        let root = span("t", "1", start: 1_000_000, end: 15_200_000)
        var primary = span("t", "2", parent: "1", start: 1_200_000, end: 4_400_000)
        primary.upstream = "inventory"
        primary.role = "primary"
        primary.status = 201
        primary.result = "delivered"
        var mirror = span("t", "3", parent: "1", start: 1_300_000, end: 13_000_000)
        mirror.upstream = "shipping"
        mirror.role = "mirror"
        mirror.status = 503
        mirror.errorClass = "http_5xx"
        mirror.isError = true
        mirror.resendCount = 1
        let lines = TraceTree(colours: false).text(trace("t", mirror, root, primary)).split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("trace t  ") && lines[0].hasSuffix("  14.2 ms  3 spans"))
        #expect(lines.dropFirst() == [
            "└─ SERVER     POST  +0.00 ms  14.2 ms",
            "   ├─ CLIENT  POST  +0.20 ms  3.20 ms  inventory primary  201           delivered",
            "   └─ CLIENT  POST  +0.30 ms  11.7 ms  shipping mirror    503 http_5xx  attempt 2",
        ])
    }

    @Test("every span is shown once, also without a root, with a circle of parents or with itself as parent")
    func odd() {
        let spans = [
            span("t", "1", parent: "unknown"), span("t", "2", parent: "1"), span("t", "3", parent: "4"), span("t", "4", parent: "3"),
            span("t", "5", parent: "5"),
        ]
        var odd = trace("t")
        odd.spans = spans
        odd.dropped = 4
        let lines = TraceTree(colours: false).text(odd).split(separator: "\n")
        #expect(lines.count == 1 + spans.count + 1)
        #expect(lines.last == "   … and 4 more spans")
    }

    @Test("colours frame words, and names can't steer the terminal")
    func paint() {
        var failed = span("t", "1")
        failed.isError = true
        failed.status = 500
        failed.name = "a\u{1B}[2Jb\n"
        let plain = TraceTree(colours: false).text(trace("t", failed))
        #expect(!plain.contains("\u{1B}"))
        #expect(plain.contains("a·[2Jb·"))
        #expect(TraceTree(colours: true).text(trace("t", failed)).contains("\u{1B}[31m500\u{1B}[0m"))
    }
}
