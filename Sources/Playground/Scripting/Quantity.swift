/// Durations and sizes as pantograph's configuration writes them: `250ms`, `2s`, `5m`; `512`, `64KiB`, `1MiB`.
enum Quantity {
    private static let durations: [(unit: String, nanoseconds: Int64)] = [
        ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]
    private static let sizes: [(unit: String, bytes: Int64)] = [
        ("", 1), ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// A whole number and one of `us`, `ms`, `s`, `m`, `h`; at most 24 hours.
    static func duration(_ text: some StringProtocol) throws(SpecError) -> Duration {
        if text == "0" { return .zero }
        guard let nanoseconds = scaled(text, durations.map { ($0.unit, $0.nanoseconds) }), nanoseconds <= 86_400_000_000_000 else {
            throw SpecError("'\(text)' is no duration: write a whole number and its unit, such as 250ms, 2s or 5m, at most 24h")
        }
        return .nanoseconds(nanoseconds)
    }

    /// A whole number of bytes, or of `KiB`, `MiB`, `GiB`; at most 64 GiB.
    static func size(_ text: some StringProtocol) throws(SpecError) -> Int {
        guard let bytes = scaled(text, sizes.map { ($0.unit, $0.bytes) }), bytes <= 64 << 30 else {
            throw SpecError("'\(text)' is no size: write a whole number of bytes, or with KiB, MiB or GiB, at most 64GiB")
        }
        return Int(bytes)
    }

    /// A whole number within `range`.
    static func integer(_ text: some StringProtocol, in range: ClosedRange<Int>, for key: String) throws(SpecError) -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw SpecError("\(key)=\(text): write a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private static func scaled(_ text: some StringProtocol, _ units: [(String, Int64)]) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let value = Int64(digits), let scale = units.first(where: { $0.0 == unit })?.1 else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale)
        return overflow ? nil : product
    }
}

/// A script that can't be read: one sentence that says what to write instead.
struct SpecError: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
