import Glibc
import Testing

@testable import Upstream

@Suite struct IdleCheckTests {
    /// Both ends of a connection, closed at the end.
    private final class Pair {
        let own: Int32
        let other: Int32

        init() throws {
            var ends: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            (own, other) = (ends[0], ends[1])
        }

        deinit {
            close(own)
            close(other)
        }
    }

    @Test func onlyWhatHasNothingToSayIsQuiet() throws {
        let pairs = try (0..<4).map { _ in try Pair() }
        var byte: UInt8 = 1
        #expect(write(pairs[1].other, &byte, 1) == 1)
        #expect(shutdown(pairs[2].other, Int32(SHUT_WR)) == 0)
        var check = IdleCheck()
        for pair in pairs { check.add(pair.own) }
        let isAnswered = check.ask()
        #expect(isAnswered)
        #expect((0..<4).map { check.isQuiet($0) } == [true, false, false, true])
    }

    @Test func whatIsKnownHoldsForOneCheckAlone() throws {
        let pair = try Pair()
        var check = IdleCheck()
        var numbers: Set<UInt64> = [check.number]
        for _ in 0..<3 {
            check.add(pair.own)
            let isAnswered = check.ask()
            #expect(isAnswered && check.isQuiet(0))
            let isNew = numbers.insert(check.number).inserted
            check.forget()
            let isOver = numbers.insert(check.number).inserted
            #expect(isNew && isOver)
        }
    }

    @Test func withoutConnectionsThereIsNoAnswer() {
        var check = IdleCheck()
        let isAnswered = check.ask()
        #expect(!isAnswered)
    }
}
