import Exchange
import NIOCore
import Policy
import Testing

@testable import Sidecar

@Suite struct KeptAnswerTests {
    private let memory = AnswerMemory(bound: 100)

    private func head(_ status: Int = 200, _ length: BodyLength = .unknown) -> AnswerHead {
        AnswerHead(status: status, headers: Headers(), bodyLength: length)
    }

    private func outcome(_ status: Int?, _ errorClass: ErrorClass? = nil) -> AttemptOutcome {
        var outcome = AttemptOutcome(startedAt: .now())
        (outcome.status, outcome.errorClass) = (status, errorClass)
        return outcome
    }

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0x61, count: count) }

    @Test func isWholeOnceItHasEnded() {
        var kept = KeptAnswer(maxBody: 10, memory: memory)
        kept.begin(head(100))
        kept.begin(head(503))
        kept.append(bytes(4))
        kept.append(bytes(6))
        #expect(kept.standing == .coming && !kept.hasEnded)
        kept.end(outcome(503, .http5xx))
        #expect(kept.standing == .whole && kept.hasEnded)
        #expect(kept.answer?.status == 503 && kept.answer?.body.count == 10)
    }

    @Test func roomIsGivenBackWhenNothingHoldsItAnyMore() {
        var kept: KeptAnswer? = KeptAnswer(maxBody: 50, memory: memory)
        kept?.begin(head())
        kept?.append(bytes(30))
        #expect(memory.bytes == 30)
        var room = kept?.room
        kept = nil
        #expect(memory.bytes == 30)
        #expect(room != nil)
        room = nil
        #expect(memory.bytes == 0)
    }

    @Test func aLongBodyIsDroppedAtOnce() {
        for announced in [BodyLength.unknown, .sized(51)] {
            var kept = KeptAnswer(maxBody: 50, memory: memory)
            kept.begin(head(200, announced))
            kept.append(bytes(30))
            kept.append(bytes(21))
            #expect(kept.standing == .refused(.bodyTooLarge) && memory.bytes == 0)
            kept.end(outcome(200))
            #expect(kept.standing == .refused(.bodyTooLarge) && kept.hasEnded)
        }
    }

    @Test func allTogetherAreBounded() {
        var (one, other) = (KeptAnswer(maxBody: 80, memory: memory), KeptAnswer(maxBody: 80, memory: memory))
        one.begin(head())
        other.begin(head())
        one.append(bytes(80))
        other.append(bytes(20))
        #expect(memory.bytes == 100)
        other.append(bytes(1))
        #expect(other.standing == .refused(.memoryFull) && memory.bytes == 80)
        one.begin(head())
        #expect(memory.bytes == 0 && one.standing == .coming)
    }

    @Test(arguments: [(nil, ErrorClass.connectRefused), (200, .reset), (200, .totalTimeout), (nil, .cancelled)] as [(Int?, ErrorClass)])
    func whatBrokeOffIsNoAnswer(_ status: Int?, _ errorClass: ErrorClass) {
        var kept = KeptAnswer(maxBody: 10, memory: memory)
        if status != nil { kept.begin(head()) }
        kept.append(bytes(5))
        kept.end(outcome(status, errorClass))
        #expect(kept.standing == .missing && memory.bytes == 0)
    }
}
