import Exchange

extension SeededGenerator {
    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// True once in so many times.
    mutating func once(in times: Int) -> Bool { below(times) == 0 }
}
