/// The newest of what comes, up to a bound; what is older goes.
struct Ring<Element: Sendable>: Sendable {
    let bound: Int
    /// How many ever came.
    private(set) var total: UInt64 = 0
    /// Grows up to the bound.
    private var elements: [Element] = []
    /// The place of the next: `total` modulo the bound.
    private var next = 0

    init(bound: Int) { self.bound = bound }

    mutating func append(_ element: consuming Element) {
        guard bound > 0 else { return }
        if next < elements.count { elements[next] = element } else { elements.append(element) }
        next = next + 1 < bound ? next + 1 : 0
        total &+= 1
    }

    /// Those that came after the first `number`, oldest first; of these, what has gone already is left out.
    ///
    /// A copy made element by element: one that shared the storage would make the next `append` copy all of it.
    func since(_ number: UInt64) -> [Element] {
        let oldest = total - UInt64(elements.count)
        let first = max(oldest, min(number, total))
        return (first..<total).map { elements[Int(truncatingIfNeeded: $0 % UInt64(bound))] }
    }

    /// All that is kept, oldest first.
    var all: [Element] { since(0) }
}
