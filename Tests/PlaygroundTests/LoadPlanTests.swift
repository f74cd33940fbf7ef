import Testing

@testable import Playground

@Suite("Load plan and target")
struct LoadPlanTests {
    @Test("an open loop's calls are due evenly until its end")
    func openLoop() {
        let plan = LoadPlan(rate: 20, duration: .seconds(1), requests: nil)
        #expect(plan.due(0) == 0)
        #expect(plan.due(1) == 50_000_000)
        #expect(plan.due(19) == 950_000_000)
        #expect(plan.due(20) == nil)
        #expect(plan.promised == 20)
    }

    @Test("an uneven loop's calls are scattered, one in each share of the time")
    func unevenLoop() throws {
        let plan = LoadPlan(rate: 20, duration: .milliseconds(990), requests: nil, isUneven: true)
        let due = try (0..<20).map { try #require(plan.due($0)) }
        for (index, time) in due.enumerated() {
            #expect((UInt64(index) * 50_000_000...min(UInt64(index + 1) * 50_000_000, 990_000_000)).contains(time))
        }
        let places = due.map { $0 % 50_000_000 / 12_500_000 }
        #expect(Set(places).count == 4, "every quarter of a share is met: \(places)")
        #expect(plan.due(20) == nil && plan.promised == 20)
    }

    @Test("scattered moments are of a rate: without one the client says so")
    func unevenWithoutRate() throws {
        let words = ["--url", "http://127.0.0.1:1", "--uneven"]
        #expect(throws: (any Error).self) { try ClientCommand.parse(words) }
        #expect(try ClientCommand.parse(words + ["--rate", "5"]).uneven)
    }

    @Test("what is owed may be begun after the end, what is not due may not")
    func owed() {
        let plan = LoadPlan(rate: 20, duration: .seconds(1), requests: nil)
        #expect(!plan.mayBegin(1, at: 49_999_999))
        #expect(plan.mayBegin(1, at: 50_000_000))
        #expect(plan.mayBegin(19, at: 60_000_000_000))
        #expect(!plan.mayBegin(20, at: 60_000_000_000))
    }

    @Test("a closed loop's calls are due at once, until its time or number is over")
    func closedLoop() {
        let timed = LoadPlan(rate: nil, duration: .seconds(1), requests: nil)
        #expect(timed.mayBegin(1_000_000, at: 999_999_999))
        #expect(!timed.mayBegin(0, at: 1_000_000_000))
        #expect(timed.promised == nil)
        let counted = LoadPlan(rate: nil, duration: nil, requests: 3)
        #expect(counted.mayBegin(2, at: .max))
        #expect(!counted.mayBegin(3, at: 0))
        #expect(counted.promised == 3)
    }

    @Test("the number and the time end a run, whichever is first")
    func both() {
        #expect(LoadPlan(rate: 20, duration: .seconds(1), requests: 5).promised == 5)
        #expect(LoadPlan(rate: 20, duration: .seconds(1), requests: 50).promised == 20)
        #expect(LoadPlan(rate: 3, duration: .milliseconds(1500), requests: nil).promised == 5)
    }

    @Test("as many calls are due as are promised", arguments: [0.5, 1, 3, 7, 20, 333, 1000.5])
    func promise(rate: Double) {
        for milliseconds in [1, 10, 999, 1000, 1001, 2500] {
            let plan = LoadPlan(rate: rate, duration: .milliseconds(milliseconds), requests: nil)
            var due = 0
            while plan.due(due) != nil { due += 1 }
            #expect(due == plan.promised)
        }
    }

    @Test("this machine", arguments: [
        ("http://127.0.0.1:4100", "127.0.0.1", 4100, "127.0.0.1:4100", ""), ("http://127.9.9.9", "127.9.9.9", 80, "127.9.9.9:80", ""),
        ("http://localhost:1/", "127.0.0.1", 1, "localhost:1", ""), ("http://[::1]:4100/a/b/", "::1", 4100, "[::1]:4100", "/a/b"),
    ])
    func target(url: String, host: String, port: Int, authority: String, prefix: String) throws {
        let target = try LoadTarget(url)
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.authority == authority)
        #expect(target.prefix == prefix)
    }

    @Test("any other place is refused", arguments: [
        "", "127.0.0.1:4100", "https://127.0.0.1", "http://", "http://example.com", "http://128.0.0.1", "http://127.0.0.1.example.com",
        "http://127.0.0", "http://127.0.0.256", "http://0.0.0.0", "http://[::]", "http://127.0.0.1:99999", "http://10.0.0.1",
    ])
    func refused(url: String) {
        #expect(throws: Refusal.self) { try LoadTarget(url) }
    }
}
