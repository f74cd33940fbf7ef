/// Random numbers without a system call for each (xoshiro256**): for ids, sampling and jitter, where they must be spread evenly and
/// differ from one process to the next, and nobody gains by guessing them. Not for secrets.
///
/// A value type with state: each thread or event loop owns one of its own.
package struct FastRandom: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Seeded by the system, so that no two processes, or generators of one, run alike.
    package init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: (system.next(), system.next(), system.next(), system.next()))
    }

    /// The same seed gives the same numbers; one of zeros alone, from which nothing would follow, is changed.
    package init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        state = seed == (0, 0, 0, 0) ? (1, 0, 0, 0) : seed
    }

    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }
}
