import Exchange
import Testing

@testable import Playground

@Suite("Mixes")
struct MixTests {
    @Test("the last colon is the weight's")
    func weights() throws {
        let mix = try Mix("ok:90;status=429,retry-after=1:3;header=X:y:2; reset:5 ;")
        #expect(mix.total == 100)
        #expect(mix.shares.map(\.upTo) == [90, 93, 95, 100])
        #expect(mix.shares[1].behaviour.status == 429)
        #expect(mix.shares[2].behaviour.fields == [.init(name: "X", value: "y")])
        #expect(mix.shares[3].behaviour.ending == .reset)
    }

    @Test("a backslash keeps a semicolon within a value")
    func escapes() throws {
        let mix = try Mix("header=RateLimit:a\\;r=1:1;header=Vary:a\\,b:1")
        #expect(mix.shares.map { $0.behaviour.fields[0].value } == ["a;r=1", "a,b"])
    }

    @Test("each share stands on the base")
    func base() throws {
        let mix = try Mix("ok:1;status=500:1", onTopOf: try Behaviour("delay=1ms"))
        #expect(mix.shares.allSatisfy { $0.behaviour.delay == .milliseconds(1)...(.milliseconds(1)) })
    }

    @Test("a mix without a sound weight is refused", arguments: ["", ";", "ok", "ok:0", "ok:-1", "ok:x", "status=500:", "hung:1", "ok:1000001"])
    func faults(text: String) {
        #expect(throws: SpecError.self) { try Mix(text) }
    }

    @Test("the same seed draws the same, and shares come out as they weigh")
    func draws() throws {
        let mix = try Mix("ok:90;status=500:7;reset:3")
        func counts(seed: UInt64) -> [Int] {
            var generator = SeededGenerator(seed: seed)
            var counts = [0, 0, 0]
            for _ in 0..<100_000 { counts[mix.draw(using: &generator)] += 1 }
            return counts
        }
        let first = counts(seed: 7)
        #expect(first == counts(seed: 7))
        #expect(first != counts(seed: 8))
        for (count, share) in zip(first, [0.90, 0.07, 0.03]) { #expect(abs(Double(count) / 100_000 - share) < 0.005) }
    }

    @Test("the generator is SplitMix64")
    func generator() {
        var generator = SeededGenerator(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in generator.next() } == expected)
    }
}
