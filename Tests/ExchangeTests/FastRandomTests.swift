import Exchange
import Testing

@Suite struct FastRandomTests {
    /// The first numbers of xoshiro256** for the state 1, 2, 3, 4, as its authors' program gives them.
    @Test func knownNumbers() {
        var random = FastRandom(seed: (1, 2, 3, 4))
        let numbers = (0..<6).map { _ in random.next() }
        #expect(numbers == [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600])
    }

    @Test func zerosAloneAreNoSeed() {
        var random = FastRandom(seed: (0, 0, 0, 0))
        #expect((0..<10).contains { _ in random.next() != 0 })
    }

    @Test func noTwoRunAlike() {
        var (one, other) = (FastRandom(), FastRandom())
        #expect((0..<4).map { _ in one.next() } != (0..<4).map { _ in other.next() })
    }

    @Test func everyBitIsSetHalfTheTime() {
        var random = FastRandom(seed: (7, 8, 9, 10))
        var counts = [Int](repeating: 0, count: 64)
        for _ in 0..<10_000 {
            let number = random.next()
            for bit in 0..<64 { counts[bit] += Int(number >> UInt64(bit) & 1) }
        }
        #expect(counts.allSatisfy { (4_700...5_300).contains($0) }, "\(counts)")
    }
}
