import Exchange
import Testing

@testable import Policy

@Suite struct SamplerTests {
    private let ids: [TraceID] = [(0, 1), (0, .max), (.max, 0), (.max, .max), (1, 1 << 56), (1, (1 << 56) - 1)]
        .compactMap { TraceID(high: $0.0, low: $0.1) }
    private let parents: [TraceContext.Flags?] = [nil, [], .sampled, .random, [.sampled, .random]]

    @Test func constantOnes() {
        for id in ids {
            for parent in parents {
                #expect(Sampler(.alwaysOn).samples(id, parent: parent))
                #expect(!Sampler(.alwaysOff).samples(id, parent: parent))
                #expect(Sampler(.ratio(1)).samples(id, parent: parent))
                #expect(!Sampler(.ratio(0)).samples(id, parent: parent))
            }
        }
    }

    @Test func parentBased() {
        for root in [SamplerSettings.alwaysOn, .alwaysOff, .ratio(0.5), .parentBased(root: .alwaysOn)] {
            for id in ids {
                for parent in parents {
                    let expected = parent.map { $0.contains(.sampled) } ?? Sampler(root).samples(id, parent: nil)
                    #expect(Sampler(.parentBased(root: root)).samples(id, parent: parent) == expected)
                }
            }
        }
    }

    /// The threshold of OpenTelemetry's probability sampling is (1 − ratio) × 2^56, and what reaches it is recorded.
    @Test(arguments: [(0.5, 0x80_0000_0000_0000), (0.25, 0xC0_0000_0000_0000), (0.75, 0x40_0000_0000_0000), (0x1p-56, 0xFF_FFFF_FFFF_FFFF)] as [(Double, UInt64)])
    func atTheThreshold(_ ratio: Double, _ threshold: UInt64) throws {
        let sampler = Sampler(.ratio(ratio))
        for high in [UInt64(1), .max] {
            // The eight bits above the 56 say nothing.
            for above in [UInt64(0), 0xFF << 56] {
                #expect(sampler.samples(try #require(TraceID(high: high, low: above | threshold)), parent: nil))
                #expect(!sampler.samples(try #require(TraceID(high: high, low: above | (threshold - 1))), parent: nil))
            }
        }
    }

    @Test func ratiosThatAreNone() {
        for id in ids {
            #expect(!Sampler(.ratio(.nan)).samples(id, parent: nil))
            #expect(!Sampler(.ratio(-1)).samples(id, parent: nil))
            #expect(!Sampler(.ratio(-.infinity)).samples(id, parent: nil))
            #expect(Sampler(.ratio(.infinity)).samples(id, parent: nil))
            #expect(Sampler(.ratio(2)).samples(id, parent: nil))
        }
    }

    /// What a lower ratio records a higher one records too, and as many are recorded as the ratio says.
    @Test(arguments: SeededGenerator.seeds)
    func consistency(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ratios = [0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.999]
        let samplers = ratios.map { Sampler(.ratio($0)) }
        var counts = [Int](repeating: 0, count: ratios.count)
        let total = 20_000
        for _ in 0..<total {
            let id = TraceID(using: &generator)
            let decisions = samplers.map { $0.samples(id, parent: nil) }
            #expect(decisions == decisions.sorted { !$0 && $1 })
            for place in counts.indices where decisions[place] { counts[place] += 1 }
        }
        for (count, ratio) in zip(counts, ratios) {
            let deviation = (Double(total) * ratio * (1 - ratio)).squareRoot()
            #expect(abs(Double(count) - Double(total) * ratio) < 6 * deviation + 1, "\(ratio): \(count)")
        }
    }
}
