import Testing

@testable import Playground

@Suite("Behaviours as text")
struct BehaviourTests {
    @Test("every key and flag says one thing")
    func keys() throws {
        #expect(try Behaviour("status=503").status == 503)
        #expect(try Behaviour("delay=250ms").delay == .milliseconds(250)...(.milliseconds(250)))
        #expect(try Behaviour("delay=2ms..8ms").delay == .milliseconds(2)...(.milliseconds(8)))
        #expect(try Behaviour("body=1KiB").body == .pattern(1024))
        #expect(try Behaviour("echo").body == .echo)
        #expect(try Behaviour("sse=5/100ms").body == .events(.init(count: 5, interval: .milliseconds(100))))
        #expect(try Behaviour("trickle=1/100ms").trickle == .init(count: 1, interval: .milliseconds(100)))
        #expect(try Behaviour("slow-read=1/1s").slowRead == .init(count: 1, interval: .seconds(1)))
        #expect(try Behaviour("chunked").chunked)
        #expect(try Behaviour("early").early)
        #expect(try Behaviour("interim=103,interim=102").interim == [103, 102])
        #expect(try Behaviour("retry-after=5").fields == [.init(name: "Retry-After", value: "5")])
    }

    @Test("endings", arguments: [
        ("", .answer), ("hang", .hang), ("reset", .reset), ("reset-early", .resetEarly), ("reset-after=512", .resetAfter(512)),
        ("close", .close), ("close-after=1KiB", .closeAfter(1024)), ("close-idle", .closeIdle), ("garbage", .garbage),
    ] as [(String, Behaviour.Ending)])
    func endings(text: String, ending: Behaviour.Ending) throws {
        #expect(try Behaviour(text).ending == ending)
    }

    @Test("parts add up, with spaces between them")
    func parts() throws {
        let behaviour = try Behaviour("status=429, retry-after=1 ,header=X-A:1,header=X-B: two words")
        #expect(behaviour.status == 429)
        #expect(behaviour.fields.map(\.name) == ["Retry-After", "X-A", "X-B"])
        #expect(behaviour.fields.last?.value == "two words")
    }

    @Test("a backslash takes a comma as it is; a value may hold = and ;")
    func escapes() throws {
        #expect(try Behaviour("header=Vary:a\\,b,chunked").fields == [.init(name: "Vary", value: "a,b")])
        let limit = try Behaviour("header=RateLimit:\"burst\";r=50;t=30")
        #expect(limit.fields == [.init(name: "RateLimit", value: "\"burst\";r=50;t=30")])
    }

    @Test("what is said goes on top of a base")
    func base() throws {
        let base = try Behaviour("delay=5ms,header=X-A:1")
        let behaviour = try Behaviour("status=500", onTopOf: base)
        #expect(behaviour.status == 500)
        #expect(behaviour.delay == base.delay)
        #expect(behaviour.fields == base.fields)
        #expect(try Behaviour("", onTopOf: base) == base)
    }

    @Test("what can't be read is named", arguments: [
        ("statos=1", "statos"), ("hung", "hung"), ("status", "status"), ("status=99", "200 to 999"), ("status=x", "200 to 999"),
        ("interim=200", "100 to 199"), ("delay=5", "duration"), ("delay=8ms..2ms", "shorter"), ("delay=25h", "24h"), ("body=-1", "size"),
        ("body=1kb", "size"), ("body=99999999999999999999", "size"), ("trickle=1", "5/100ms"), ("trickle=0/1s", "1 to"),
        ("trickle=1/1us", "1ms"), ("sse=1/0", "1ms"), ("header=a", "Name:value"), ("header=:a", "Name:value"),
        ("header=a b:c", "Name:value"), ("header=A:b\nC:d", "control"), ("retry-after=\r\n", "control"),
    ])
    func faults(text: String, word: String) {
        let error = #expect(throws: SpecError.self) { try Behaviour(text) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "nothing thrown")")
    }

    @Test("an answer that never varies is plain", arguments: [
        ("", true), ("status=503,retry-after=1,header=A:b,interim=103,chunked,delay=1s", true), ("body=64KiB", true), ("body=65KiB", false),
        ("echo", false), ("sse=1/1ms", false), ("trickle=1/1ms", false), ("slow-read=1/1ms", false), ("early", false), ("hang", false),
        ("close-idle", false), ("reset-after=1", false),
    ])
    func plain(text: String, isPlain: Bool) throws {
        #expect(try Behaviour(text).isPlain == isPlain)
    }
}
