import NIOHTTP1
import Testing

@testable import Playground

@Suite("Ledger")
struct LedgerTests {
    private func head(_ method: HTTPMethod = .GET, _ target: String = "/") -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: method, uri: target)
    }

    @Test("the latest requests are kept up to the bound, oldest first")
    func ring() {
        let ledger = Ledger(capacity: 3)
        for number in 1...10 {
            let ticket = ledger.seen(head(.GET, "/\(number)"))
            ledger.bodyEnded(ticket, bytes: number, digest: "", isComplete: true)
        }
        #expect(ledger.recorded(limit: .max).map(\.n) == [8, 9, 10])
        #expect(ledger.recorded(limit: .max).map(\.body_bytes) == [8, 9, 10])
        #expect(ledger.recorded(limit: 2).map(\.target) == ["/8", "/9"])
        #expect(ledger.counts.requests == 10)
    }

    @Test("a body that ends after its record has gone, or after a reset, changes nothing")
    func late() {
        let ledger = Ledger(capacity: 2)
        let first = ledger.seen(head())
        for _ in 0..<5 { _ = ledger.seen(head()) }
        ledger.bodyEnded(first, bytes: 9, digest: "", isComplete: true)
        #expect(ledger.recorded(limit: .max).allSatisfy { !$0.complete })
        let last = ledger.seen(head())
        ledger.reset()
        _ = ledger.seen(head())
        ledger.bodyEnded(last, bytes: 9, digest: "", isComplete: true)
        #expect(ledger.recorded(limit: .max).map(\.complete) == [false])
    }

    @Test("methods beyond the bound are counted together")
    func methods() {
        let ledger = Ledger(capacity: 0)
        for number in 0..<100 { _ = ledger.seen(head(.RAW(value: "M\(number)"))) }
        let counts = ledger.counts.by_method
        #expect(counts.count == 33)
        #expect(counts["_OTHER"] == 68)
        #expect(counts.values.reduce(0, +) == 100)
    }

    @Test("a reset keeps the connections that are open")
    func reset() {
        let ledger = Ledger(capacity: 0)
        ledger.connectionOpened()
        ledger.connectionOpened()
        ledger.connectionClosed()
        ledger.answeredWhole(status: 200)
        ledger.reset()
        #expect(ledger.counts.connections_open == 1)
        #expect(ledger.counts.connections_accepted == 0)
        #expect(ledger.counts.by_status.isEmpty)
    }
}
