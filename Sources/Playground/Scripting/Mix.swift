/// Behaviours with weights, one of which is drawn for each request: `ok:90;status=500:4;status=429,retry-after=1:3`.
struct Mix: Sendable {
    struct Share: Sendable {
        var behaviour: Behaviour
        /// The share's place on the line from 0 to `total`: it is drawn for any number below this and not below the one before.
        var upTo: Int
    }

    let shares: [Share]
    let total: Int

    /// - Parameters:
    ///   - text: behaviours, each with `:` and its weight, a whole number of at least 1, joined by `;`.
    ///   - base: what holds in each of them where it says nothing else.
    init(_ text: String, onTopOf base: Behaviour = Behaviour()) throws(SpecError) {
        var shares: [Share] = []
        var total = 0
        for part in ScriptText.split(text, at: ";") where !part.trimmed.isEmpty {
            let pieces = ScriptText.cutLast(part, at: ":")
            guard let weight = pieces.after else {
                throw SpecError("'\(part)' has no weight: write behaviour:weight, such as status=500:4")
            }
            total += try Quantity.integer(weight.trimmed, in: 1...1_000_000, for: "weight")
            shares.append(Share(behaviour: try Behaviour(pieces.before, onTopOf: base), upTo: total))
        }
        guard !shares.isEmpty else { throw SpecError("a mix needs at least one part, such as ok:1") }
        self.shares = shares
        self.total = total
    }

    /// The place in `shares` of the one drawn.
    func draw(using generator: inout some RandomNumberGenerator) -> Int {
        let point = Int.random(in: 0..<total, using: &generator)
        return shares.firstIndex { point < $0.upTo } ?? shares.count - 1
    }
}
