internal import Exchange

/// The members of a list or a dictionary of structured fields (RFC 9651, 3.1 and 3.2), as far as quota fields need them: items that
/// are strings, tokens or numbers, and parameters whose values are kept as they stand.
enum StructuredList {
    struct Member {
        /// The item's own value without its quotes, or a dictionary member's key.
        var name: [UInt8]
        /// Of a dictionary's member.
        var value: [UInt8]?
        var parameters: [(key: [UInt8], value: [UInt8])] = []

        /// A parameter that is a number; nil where there is none. Of several with one key the last counts.
        func number(_ key: String) -> QuotaNumber? {
            parameters.last { $0.key.elementsEqual(key.utf8) }.flatMap { QuotaNumber($0.value) }
        }
    }

    /// nil where any of it can't be read: the whole field is then ignored.
    static func read(_ field: UnsafeRawBufferPointer) -> [Member]? {
        var reader = Reader(field: field)
        return reader.members()
    }

    private struct Reader {
        let field: UnsafeRawBufferPointer
        private var place = 0

        init(field: UnsafeRawBufferPointer) { self.field = field }

        mutating func members() -> [Member]? {
            var members: [Member] = []
            repeat {
                skipSpace()
                guard let member = member() else { return nil }
                members.append(member)
                skipSpace()
            } while take(UInt8(ascii: ","))
            return place == field.count ? members : nil
        }

        private mutating func member() -> Member? {
            guard let name = bareItem() else { return nil }
            var member = Member(name: name)
            if take(UInt8(ascii: "=")) {
                guard let value = bareItem() else { return nil }
                member.value = value
            }
            while take(UInt8(ascii: ";")) {
                skipSpace()
                guard let parameter = parameter() else { return nil }
                member.parameters.append(parameter)
            }
            return member
        }

        private mutating func parameter() -> (key: [UInt8], value: [UInt8])? {
            let key = run { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") && Token.contains($0) }
            guard !key.isEmpty else { return nil }
            guard take(UInt8(ascii: "=")) else { return (key, []) }
            return bareItem().map { (key, $0) }
        }

        /// A string, or a run of the bytes that tokens, numbers, truth values (`?1`) and byte sequences (`:…:`) are made of.
        private mutating func bareItem() -> [UInt8]? {
            if take(UInt8(ascii: "\"")) { return string() }
            if take(UInt8(ascii: ":")) {
                let bytes = run { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\"") }
                return take(UInt8(ascii: ":")) ? bytes : nil
            }
            let bytes = run { Token.contains($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            return bytes.isEmpty ? nil : bytes
        }

        private mutating func string() -> [UInt8]? {
            var text: [UInt8] = []
            while place < field.count {
                if take(UInt8(ascii: "\"")) { return text }
                if take(UInt8(ascii: "\\")) {
                    guard place < field.count, field[place] == UInt8(ascii: "\"") || field[place] == UInt8(ascii: "\\") else { return nil }
                }
                guard (0x20...0x7E).contains(field[place]) else { return nil }
                text.append(field[place])
                place += 1
            }
            return nil
        }

        private mutating func run(_ belongs: (UInt8) -> Bool) -> [UInt8] {
            let start = place
            while place < field.count, belongs(field[place]) { place += 1 }
            return Array(field[start..<place])
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard place < field.count, field[place] == byte else { return false }
            place += 1
            return true
        }

        private mutating func skipSpace() {
            while place < field.count, field[place] == 0x20 || field[place] == 0x09 { place += 1 }
        }
    }
}

/// Digits, with a fraction where there is one: the draft has whole numbers, but some send `99.0` and `1470173023.123`.
struct QuotaNumber {
    private let integer: UInt64
    private let billionths: UInt64

    /// nil for anything else, a sign too.
    init?(_ text: some Collection<UInt8>) {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let integer = Self.number(first) else { return nil }
        self.integer = integer
        guard parts.count > 1 else {
            billionths = 0
            return
        }
        guard Self.number(parts[1]) != nil else { return nil }
        let digits = parts[1].prefix(9)
        billionths = (0..<9 - digits.count).reduce(Self.number(digits) ?? 0) { number, _ in number * 10 }
    }

    /// Held at the largest 64-bit number.
    private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return digits.reduce(0) { number, digit in
            let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carried) = scaled.addingReportingOverflow(UInt64(digit - 0x30))
            return overflow || carried ? .max : sum
        }
    }

    /// Without the fraction.
    var whole: Int { Int(clamping: integer) }
    var reset: QuotaFields.Reset { QuotaFields.Reset(seconds: integer, nanoseconds: billionths) }
}
