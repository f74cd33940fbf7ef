/// Random numbers that a seed gives again (SplitMix64). A test that uses it has the seed among its arguments, so that a failure
/// names it.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Some that never change and one that is new at each run.
    static let seeds: [UInt64] = [1, 2, 3, .random(in: .min ... .max)]
}

/// Gives the numbers it was made with, and ends the test where more are asked for: what waits for another would hang.
struct ScriptedGenerator: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 { numbers.removeFirst() }
}
