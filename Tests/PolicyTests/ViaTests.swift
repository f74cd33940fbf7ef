import Exchange
import Policy
import Testing

@Suite struct ViaTests {
    private let via = Via(instance: 0x0123_4567_89AB_CDEF)
    private let mark = "pantograph-0123456789abcdef"

    private func hasPassed(_ fields: String...) -> Bool {
        var headers = Headers()
        for field in fields { headers.append("vIa", field) }
        return via.hasPassed(headers)
    }

    @Test func value() {
        #expect(via.value == "1.1 pantograph-0123456789abcdef")
        #expect(Via(instance: 0).value == "1.1 pantograph-0000000000000000")
    }

    @Test(arguments: [
        "1.1 M", "HTTP/1.1 M", "1.0 other, 1.1 M", "1.1 M, 1.0 other", "1.1 M (a comment)", "1.1 a (x, 1.1 y), 2 M", "1.1 a (x (y), z), 2 M (q)",
        "1.1 a (\\), 1.1 b), 1.1 M", "  1.1\tM  ", ",,1.1 M", "1.1 M(no space)", "1.1 a ), 1.1 M", "1.1 a:80,1.1 M",
    ])
    func marked(_ field: String) {
        #expect(hasPassed(field.replacing("M", with: mark)))
        #expect(!hasPassed(field.replacing("M", with: "other")))
        #expect(hasPassed("1.1 first", field.replacing("M", with: mark), "1.1 last"))
    }

    @Test(arguments: [
        "", ",", "M", "1.1", "1.1 Mx", "1.1 xM", "1.1 M:80", "1.1 a (M)", "1.1 a (1.1 M)", "1.1 a (x, 1.1 M)", "1.1 a (\\), 1.1 M)",
        "1.1 a ((x), 1.1 M)", "1.1 a (never closed, 1.1 M", "1.1 a M", "1.1 a\\", "1.1 a (\\", "M 1.1", "1.1 , M",
    ])
    func unmarked(_ field: String) {
        #expect(!hasPassed(field.replacing("M", with: mark)))
    }

    @Test func otherSidecarsAreNoLoop() {
        for instance in [0, 1, 0x0123_4567_89AB_CDEE, .max] as [UInt64] { #expect(!hasPassed(Via(instance: instance).value)) }
        #expect(!hasPassed("1.1 PANTOGRAPH-0123456789ABCDEF"))
        #expect(!via.hasPassed(Headers(["X-Via": via.value])))
        #expect(!via.hasPassed(Headers()))
    }

    /// What `OutgoingHeaders` sends comes back as a loop, in a field of its own or joined to others on the way.
    @Test func whatIsSentIsFound() {
        let upstream = UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: ""))
        for minorVersion in [0, 1] {
            let request = RequestHead(
                method: "GET", target: "/", headers: Headers(["Via": "1.1 a (x)"]), bodyLength: .none, minorVersion: minorVersion)
            let sent = OutgoingHeaders(upstream, via: via).make(
                for: request, role: .primary, credentials: nil, trace: nil, baggage: nil, idempotencyKey: nil)
            #expect(via.hasPassed(sent))
            #expect(hasPassed(sent.values("via").joined(separator: ", ")))
        }
    }

    @Test(arguments: SeededGenerator.seeds)
    func anyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["1.1 ", mark, "(", ")", "\\", ",", " ", "a", "\u{0}", "\u{E9}"]
        for _ in 0..<5_000 {
            let field = (0..<Int.random(in: 0...12, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            if hasPassed(field) { #expect(field.contains(mark)) }
        }
    }
}
