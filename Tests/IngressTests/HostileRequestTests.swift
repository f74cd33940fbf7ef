import Exchange
import NIOCore
import Testing

@testable import Ingress

@Suite struct HostileRequestTests {
    @Test(arguments: HostileRequests.heads.indices)
    func aHeadThatCanBeReadTwoWaysIsRefusedHoweverItComes(index: Int) {
        let (text, refusal) = HostileRequests.heads[index]
        let expected = Parsed(refusal: refusal)
        #expect(Parsed.feed(text) == expected)
        for first in 1..<text.utf8.count {
            #expect(Parsed.feed(text, pieces: [first, 1]) == expected, "split at \(first)")
        }
    }

    @Test(arguments: HostileRequests.chunks.indices)
    func aBodyWhoseChunksCanBeReadTwoWaysIsRefusedHoweverItComes(index: Int) {
        let (text, refusal) = HostileRequests.chunks[index]
        for pieces in [[Int.max], [1], [HostileRequests.chunkedHead.utf8.count + 3, .max], [7]] {
            let parsed = Parsed.feed(HostileRequests.chunkedHead + text, pieces: pieces)
            #expect(parsed.refusal == refusal)
            #expect(parsed.messages.count == 1)
            #expect(parsed.messages.first?.isComplete == false)
        }
    }

    @Test func everyRefusalOfTheParserHasARequestThatMeetsIt() {
        let met = Set((HostileRequests.heads + HostileRequests.chunks).map(\.1))
        // Met in the tests of bounds, of time and of connections.
        let elsewhere: Set<Refusal> = [
            .targetTooLong, .headTooLarge, .tooManyFields, .headTimeout, .bodyTimeout, .endedInHead, .tooManyConnections,
        ]
        #expect(met.union(elsewhere) == Set(Refusal.allCases))
        #expect(met.isDisjoint(with: elsewhere))
    }

    @Test func everyRefusalSaysOneSentenceOfItsOwn() {
        #expect(Set(Refusal.allCases.map(\.detail)).count == Refusal.allCases.count)
        for refusal in Refusal.allCases {
            #expect(refusal.detail.hasSuffix("."), "\(refusal)")
            #expect((400...505).contains(refusal.status))
            #expect(refusal.problem.status == refusal.status)
            #expect(refusal.problem.detail == refusal.detail)
        }
        #expect(Refusal.tooManyConnections.problem.errorClass == .rateLimited)
        #expect(Refusal.tooManyConnections.problem.retryAfter == 1)
        #expect(Refusal.bodyTooLarge.problem.errorClass == .bodyTooLarge)
    }

    @Test func nothingIsReadAfterARefusal() {
        var parser = RequestParser(limits: Limits())
        var input = ByteBuffer(string: "GET  / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in 0..<3 {
            guard case .refused(.malformedRequestLine) = parser.next(&input) else {
                Issue.record("went on")
                return
            }
        }
    }

    @Test func randomBytesNeverCrashTheParser() async {
        let seed: UInt64 = 0x6A12_BA6E
        var random = SeededGenerator(seed: seed)
        print("random bytes: seed \(seed)")
        var outcomes = (refused: 0, heads: 0)
        for round in 0..<100_000 {
            // Other tests of this process wait for their sockets on the same threads.
            if round % 500 == 0 { await Task.yield() }
            let bytes = Garbage.bytes(using: &random)
            let parsed = Parsed.feed(bytes, pieces: [1 + random.below(40), 1 + random.below(40), .max], limits: .small(body: 100))
            if parsed.refusal != nil { outcomes.refused += 1 }
            outcomes.heads += parsed.messages.count
        }
        print("random bytes: \(outcomes.refused) refused, \(outcomes.heads) heads taken")
        #expect(outcomes.refused > 50_000)
        #expect(outcomes.heads > 100)
    }
}

/// Bytes from nonsense to nearly sound.
enum Garbage {
    private static let words = [
        "GET ", "POST ", "/", " HTTP/1.1", "\r\n", "\n", "\r", "Host: a", "Content-Length: ", "Transfer-Encoding: ", "chunked", ":", " ",
        "0", "5", "FFFFFFFFFFFFFFFF", "9223372036854775807", ";a=\"", "\r\n\r\n", "\t", "http://", "[::1", "%", "\u{0}", "Expect: 100-continue",
    ]

    static func bytes(using random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        if random.once(in: 2) { bytes += Array("POST / HTTP/1.1\r\nHost: a\r\n".utf8) }
        if random.once(in: 4) { bytes += Array("Transfer-Encoding: chunked\r\n\r\n".utf8) }
        for _ in 0..<random.below(20) {
            if random.once(in: 4) {
                bytes += (0..<random.below(12)).map { _ in UInt8(random.below(256)) }
            } else {
                bytes += Array(random.pick(words).utf8)
            }
        }
        return bytes
    }
}
