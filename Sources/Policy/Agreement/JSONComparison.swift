internal import Exchange

/// Walks down two JSON documents side by side and gathers where they differ.
struct JSONComparison {
    /// Nothing is known of documents that take more work than this.
    struct TooComplex: Error {}

    /// Pairs of values that are looked at: what sets, whose elements are each looked for, could make too many.
    static let stepLimit = 200_000

    let tolerance: Double
    private let redaction: Redaction
    private(set) var differences: [Difference] = []
    private var steps = 0
    /// The way to where it is, a `*` in place of each element's number.
    private var path: [[UInt8]] = []
    /// Paths that are among the differences.
    private var told: Set<String> = []
    /// It is only asked whether they differ.
    private var isSilent = false
    private var haveDiffered = false

    init(tolerance: Double, redaction: Redaction) {
        self.tolerance = tolerance
        self.redaction = redaction
    }

    mutating func compare(
        _ primary: JSONValue, _ mirror: JSONValue, ignore: PointerPatterns, sets: PointerPatterns
    ) throws(TooComplex) {
        steps += 1
        guard steps <= JSONComparison.stepLimit else { throw TooComplex() }
        switch (primary, mirror) {
        case (.object(let left), .object(let right)): try compare(left, right, ignore, sets)
        case (.array(let left), .array(let right)):
            if sets.isHere {
                try compareUnordered(left, right, ignore, sets)
            } else {
                try compare(left, right, ignore, sets)
            }
        case (.number(let left), .number(let right)):
            if !Numbers.agree(left, right, within: tolerance) { differ(primary, mirror) }
        default:
            if primary != mirror { differ(primary, mirror) }
        }
    }

    // MARK: Objects and arrays

    private mutating func compare(
        _ left: [JSONValue.Member], _ right: [JSONValue.Member], _ ignore: PointerPatterns, _ sets: PointerPatterns
    ) throws(TooComplex) {
        // Of several members of one name the first counts.
        let others = Dictionary(right.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<[UInt8]> = []
        for member in left where seen.insert(member.name).inserted {
            try step(member.name, shownAs: member.name, member.value, others[member.name], ignore, sets)
        }
        for member in right where seen.insert(member.name).inserted {
            try step(member.name, shownAs: member.name, nil, member.value, ignore, sets)
        }
    }

    private mutating func compare(
        _ left: [JSONValue], _ right: [JSONValue], _ ignore: PointerPatterns, _ sets: PointerPatterns
    ) throws(TooComplex) {
        for place in 0..<max(left.count, right.count) {
            try step(
                Array(String(place).utf8), shownAs: PointerPattern.any, place < left.count ? left[place] : nil,
                place < right.count ? right[place] : nil, ignore, sets)
        }
    }

    private mutating func step(
        _ token: [UInt8], shownAs shown: [UInt8], _ left: JSONValue?, _ right: JSONValue?, _ ignore: PointerPatterns,
        _ sets: PointerPatterns
    ) throws(TooComplex) {
        let ignore = ignore.below(token)
        guard !ignore.isHere else { return }
        path.append(shown)
        defer { path.removeLast() }
        if let left, let right {
            try compare(left, right, ignore: ignore, sets: sets.below(token))
        } else {
            differ(left, right)
        }
    }

    /// Each element needs one of its own on the other side, wherever that stands.
    private mutating func compareUnordered(
        _ left: [JSONValue], _ right: [JSONValue], _ ignore: PointerPatterns, _ sets: PointerPatterns
    ) throws(TooComplex) {
        guard left.count == right.count else { return differ(.array(left), .array(right)) }
        let (ignore, sets) = (ignore.below(PointerPattern.any), sets.below(PointerPattern.any))
        if ignore.isHere { return }
        // What stands in the same order is found at once: everything before `start` has been taken.
        var (isTaken, start) = (Array(repeating: false, count: right.count), 0)
        for element in left {
            var place = start
            while place < right.count {
                if !isTaken[place] {
                    let agrees = try agree(element, right[place], ignore, sets)
                    if agrees { break }
                }
                place += 1
            }
            guard place < right.count else { return differ(.array(left), .array(right)) }
            isTaken[place] = true
            while start < right.count, isTaken[start] { start += 1 }
        }
    }

    private mutating func agree(
        _ left: JSONValue, _ right: JSONValue, _ ignore: PointerPatterns, _ sets: PointerPatterns
    ) throws(TooComplex) -> Bool {
        var inner = JSONComparison(tolerance: tolerance, redaction: redaction)
        (inner.steps, inner.isSilent) = (steps, true)
        defer { steps = inner.steps }
        try inner.compare(left, right, ignore: ignore, sets: sets)
        return !inner.haveDiffered
    }

    // MARK: Differences

    private mutating func differ(_ left: JSONValue?, _ right: JSONValue?) {
        haveDiffered = true
        guard !isSilent, differences.count < AnswerComparison.shownDifferences else { return }
        let text = path.isEmpty ? Difference.body : path.map { "/" + PointerPattern.escaped($0) }.joined()
        guard told.insert(text).inserted else { return }
        let isSensitive = path.contains(where: SensitiveNames.contains)
        func shown(_ value: JSONValue?) -> String? { isSensitive ? value.map { _ in SensitiveNames.replacement } : value?.shown(redaction) }
        differences.append(Difference(path: text, primary: shown(left), mirror: shown(right)))
    }
}

/// Numbers as JSON writes them.
private enum Numbers {
    /// - Parameter tolerance: how far they may lie apart, as a part of the larger one.
    static func agree(_ left: [UInt8], _ right: [UInt8], within tolerance: Double) -> Bool {
        if left == right { return true }
        // Digits beyond those of a Double count too: ids are such numbers.
        if tolerance == 0, isPlain(left), isPlain(right) { return false }
        guard let one = double(left), let other = double(right) else { return false }
        return abs(one - other) <= tolerance * max(abs(one), abs(other))
    }

    /// An integer without sign, fraction and exponent.
    private static func isPlain(_ digits: [UInt8]) -> Bool { digits.allSatisfy { $0 &- 0x30 < 10 } }

    private static func double(_ digits: [UInt8]) -> Double? {
        Double(String(decoding: digits, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }
}
