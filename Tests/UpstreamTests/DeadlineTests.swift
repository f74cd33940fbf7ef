import Exchange
import Testing

@testable import Upstream

private final class Member: Deadlined {
    /// When it must come out at the latest.
    var wanted: UInt64?
}

@Suite struct DeadlineTests {
    private static func at(_ nanoseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    @Test func comeOutInOrder() {
        var heap = DeadlineHeap()
        let members = (0..<100).map { _ in Member() }
        for (place, member) in members.enumerated() { heap.arm(member, at: Self.at(UInt64(place * 37 % 100))) }
        var last: UInt64 = 0
        while let member = heap.expired(at: Self.at(.max)) {
            #expect(member.due.nanoseconds >= last)
            #expect(!member.isArmed)
            last = member.due.nanoseconds
        }
        #expect(last == 99 && heap.count == 0 && heap.earliest == nil)
    }

    @Test func laterIsLazyAndEarlierIsNot() {
        var heap = DeadlineHeap()
        let member = Member()
        heap.arm(member, at: Self.at(50))
        heap.arm(member, at: Self.at(90))
        #expect(heap.earliest == Self.at(50) && heap.count == 1)
        heap.arm(member, at: Self.at(20))
        #expect(heap.earliest == Self.at(20) && heap.count == 1)
        #expect(heap.expired(at: Self.at(19)) == nil)
        #expect(heap.expired(at: Self.at(20)) === member)
        heap.remove(member)
        #expect(heap.count == 0)
    }

    /// Any order of arming, removing and expiring: nobody comes out late, nobody stands in it twice.
    @Test func againstANaiveModel() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var heap = DeadlineHeap()
            let members = (0..<12).map { _ in Member() }
            var now: UInt64 = 0
            for _ in 0..<300 {
                let member = members[Int(random.next() % 12)]
                switch random.next() % 4 {
                case 0, 1:
                    let due = now + random.next() % 50
                    heap.arm(member, at: Self.at(due))
                    member.wanted = due
                case 2:
                    heap.remove(member)
                    member.wanted = nil
                default:
                    now += random.next() % 20
                    while let expired = heap.expired(at: Self.at(now)) { (expired as? Member)?.wanted = nil }
                    #expect(members.allSatisfy { ($0.wanted ?? .max) > now }, "seed \(seed)")
                }
                #expect(heap.count == members.count(where: \.isArmed), "seed \(seed)")
                #expect(heap.earliest == members.filter(\.isArmed).map(\.due).min(), "seed \(seed)")
            }
        }
    }

    // MARK: Which deadline an attempt has

    private static let timeouts = {
        var timeouts = UpstreamSettings.Timeouts()
        timeouts.connect = .nanoseconds(10)
        timeouts.firstByte = .nanoseconds(50)
        timeouts.total = .nanoseconds(200)
        return timeouts
    }()

    private static func deadline(_ change: (inout Progress) -> Void) -> String {
        var progress = Progress()
        change(&progress)
        let deadline = progress.deadline(startedAt: at(1000), Times(timeouts))
        return "\(deadline.errorClass.rawValue) \(deadline.at.nanoseconds)"
    }

    @Test func ofAnAttempt() {
        #expect(Self.deadline { _ in } == "connect_timeout 1010")
        #expect(Self.deadline { $0.connectingSince = Self.at(1005) } == "connect_timeout 1015")
        // Waiting for a connection that others use: the answer's time runs, that of connecting does not.
        #expect(Self.deadline { $0.awaitsConnection = true } == "first_byte_timeout 1050")
        #expect(
            Self.deadline {
                $0.awaitsConnection = true
                $0.connectingSince = Self.at(1030)
            } == "connect_timeout 1040")
        #expect(Self.deadline { $0.headSent(at: Self.at(1005)) } == "first_byte_timeout 1050")
        // A body in memory goes out with the head, one that is streamed when it is read.
        #expect(
            Self.deadline {
                $0.sends(.inline(3))
                $0.headSent(at: Self.at(1007))
            } == "first_byte_timeout 1057")
        #expect(
            Self.deadline {
                $0.sends(.streamed(5))
                $0.headSent(at: Self.at(1007))
                $0.sent(4, at: Self.at(1100))
            } == "total_timeout 1200")
        #expect(
            Self.deadline {
                $0.sends(.streamed(5))
                $0.headSent(at: Self.at(1007))
                $0.sent(5, at: Self.at(1100))
            } == "first_byte_timeout 1150")
        #expect(
            Self.deadline {
                $0.sends(.streamed(nil))
                $0.headSent(at: Self.at(1007))
                $0.sent(5, at: Self.at(1100))
                $0.bodyEnded(at: Self.at(1110))
            } == "first_byte_timeout 1160")
        #expect(
            Self.deadline {
                $0.headSent(at: Self.at(1005))
                $0.firstByteAt = Self.at(1020)
            } == "total_timeout 1200")
    }
}
