import Exchange

extension SeededGenerator {
    /// Some that never change and one that is new at each run.
    static let seeds: [UInt64] = [1, 2, 3, .random(in: .min ... .max)]
}

/// Gives the numbers it was made with, and ends the test where more are asked for: what waits for another would hang.
struct ScriptedGenerator: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 { numbers.removeFirst() }
}
