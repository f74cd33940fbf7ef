package import Exchange

/// This sidecar's mark in `Via` (RFC 9110, 7.6.3), by which it knows a request that has been through it before.
///
/// There is no bound on the number of other proxies in a chain: each has a mark of its own, and a loop through any number of
/// them comes back to the first.
package struct Via: Sendable {
    /// `1.1 pantograph-` and sixteen hexadecimal digits.
    package let value: String
    /// The same for a message that came over HTTP/1.0.
    let valueHTTP10: String
    private let pseudonym: [UInt8]

    /// - Parameter instance: what tells this process from every other: random, and new at each start.
    package init(instance: UInt64) {
        let pseudonym = "pantograph-" + Hexadecimal.string(instance)
        self.value = "1.1 " + pseudonym
        self.valueHTTP10 = "1.0 " + pseudonym
        self.pseudonym = Array(pseudonym.utf8)
    }

    /// Whether any member of any `Via` field bears this mark; one within a comment does not count.
    package func hasPassed(_ headers: Headers) -> Bool {
        var found = false
        headers.forEach("via") { value in
            if !found { found = ViaMembers(value).contains { $0.elementsEqual(pseudonym) } }
        }
        return found
    }
}

/// The received-by part of each member of one `Via` field: `[name/]version RWS received-by [RWS comment]`, with commas between.
/// Comments nest, and in them `\` makes the next byte plain (RFC 9110, 5.6.5).
struct ViaMembers: Sequence, IteratorProtocol {
    private let value: UnsafeRawBufferPointer
    private var place = 0

    init(_ value: UnsafeRawBufferPointer) { self.value = value }

    mutating func next() -> UnsafeRawBufferPointer? {
        guard place < value.count else { return nil }
        _ = word()
        let receivedBy = word()
        skipMember()
        return receivedBy
    }

    private mutating func word() -> UnsafeRawBufferPointer {
        while place < value.count, OptionalWhitespace.contains(value[place]) { place += 1 }
        let start = place
        while place < value.count, !ViaMembers.endsWord(value[place]) { place += 1 }
        return UnsafeRawBufferPointer(rebasing: value[start..<place])
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        OptionalWhitespace.contains(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "(")
    }

    /// Goes behind the comma that ends the member.
    private mutating func skipMember() {
        var depth = 0
        while place < value.count {
            switch value[place] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth = Swift.max(0, depth - 1)
            case UInt8(ascii: "\\") where depth > 0: place += 1
            case UInt8(ascii: ",") where depth == 0:
                place += 1
                return
            default: break
            }
            place += 1
        }
    }
}
