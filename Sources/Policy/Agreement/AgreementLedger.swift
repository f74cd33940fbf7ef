package import Exchange

/// How one mirror's answers have agreed with the primary's: counts, and the paths in which they differed most.
package struct AgreementLedger: Sendable {
    /// Paths that are counted: more than are shown, so that those that differ often are found among many that differ once.
    package static let bound = 200

    package struct Path: Sendable {
        package var result: AgreementResult
        /// How often it differed, since it has been among those that are counted.
        package var count: UInt64
        /// How it differed last.
        package var example: Difference
        package var exchange: ExchangeID
        package var trace: TraceID
    }

    private var counts: [AgreementResult: UInt64] = [:]
    private var uncompared: [Uncompared: UInt64] = [:]
    private var byPath: [String: Path] = [:]

    package init() {}

    package mutating func take(_ agreement: Agreement, _ exchange: ExchangeID, _ trace: TraceID) {
        counts[agreement.result, default: 0] += 1
        for difference in agreement.differences {
            if byPath[difference.path] == nil, byPath.count >= AgreementLedger.bound { dropRarest() }
            let count = byPath[difference.path]?.count ?? 0
            byPath[difference.path] = Path(
                result: agreement.result, count: count + 1, example: difference, exchange: exchange, trace: trace)
        }
    }

    package mutating func take(_ reason: Uncompared) { uncompared[reason, default: 0] += 1 }

    package func count(_ result: AgreementResult) -> UInt64 { counts[result] ?? 0 }

    package func count(_ reason: Uncompared) -> UInt64 { uncompared[reason] ?? 0 }

    /// The paths that differed most, at most so many, most often first.
    package func paths(_ most: Int) -> [Path] {
        Array(byPath.values.sorted { ($1.count, $0.example.path) < ($0.count, $1.example.path) }.prefix(most))
    }

    private mutating func dropRarest() {
        if let rarest = byPath.min(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) { byPath[rarest.key] = nil }
    }
}

/// Why two answers, both of which came, were not compared.
package enum Uncompared: String, CaseIterable, Sendable {
    /// One was longer than `max_body`.
    case bodyTooLarge = "body_too_large"
    /// All answers that are kept would have taken more than `limits.mirror.memory`.
    case memoryFull = "memory_full"
    /// More comparisons waited than may.
    case queueFull = "queue_full"
    /// A content coding that can't be undone here.
    case encoding
    case tooComplex = "too_complex"
}
