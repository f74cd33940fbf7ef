package import Exchange

/// What an application prefers by `Prefer` (RFC 7240), as far as it is understood here: `respond-async` and `wait`.
///
/// Several fields are one list. The first mention of a preference counts and any other of the same name does not, even where the
/// first makes no sense (section 2). Parameters, other preferences, and members that break the grammar are passed over.
package struct Preference: Sendable, Hashable {
    /// What a longer `wait` is cut to: an application's connection is held for no longer.
    package static let longestWait = Duration.seconds(60)

    /// It would rather have 202 at once than wait for an upstream's answer.
    package private(set) var respondAsync = false
    /// How long it would wait for the deliveries, in whole seconds, at most `longestWait`; nil where it does not say.
    package private(set) var wait: Duration?

    package init(_ headers: Headers) {
        var seen: (respondAsync: Bool, wait: Bool) = (false, false)
        headers.forEach("prefer") { field in
            var list = PreferenceList(field)
            while let member = list.next() {
                guard let (name, value) = member else { continue }
                if !seen.respondAsync, Headers.equal(name, "respond-async") {
                    seen.respondAsync = true
                    respondAsync = value.isEmpty
                } else if !seen.wait, Headers.equal(name, "wait") {
                    seen.wait = true
                    wait = Preference.seconds(value)
                }
            }
        }
    }

    /// `delay-seconds`: digits alone.
    private static func seconds(_ digits: [UInt8]) -> Duration? {
        guard !digits.isEmpty else { return nil }
        var seconds: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            // Held at a bound above the longest, so that no number of digits overflows.
            seconds = min(seconds * 10 + Int64(digit - 0x30), 1_000_000)
        }
        return min(.seconds(seconds), longestWait)
    }

    /// The value of `Preference-Applied` of an answer that did as was preferred; nil where nothing was.
    package var applied: String? {
        let parts = (respondAsync ? ["respond-async"] : []) + (wait.map { ["wait=\($0.components.seconds)"] } ?? [])
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

/// The members of one `Prefer` field (RFC 7240, 2, with erratum 4439): `name`, `name=value` or `name="value"`, each with
/// parameters behind semicolons, which are read over.
private struct PreferenceList {
    typealias Member = (name: UnsafeRawBufferPointer, value: [UInt8])

    private let field: UnsafeRawBufferPointer
    private var place = 0

    init(_ field: UnsafeRawBufferPointer) { self.field = field }

    /// - Returns: nil at the end; within, nil for a member that is empty or breaks the grammar. An empty value is no value.
    mutating func next() -> Member?? {
        guard place < field.count else { return nil }
        let start = place
        let member = member()
        guard let member, place == field.count || field[place] == comma else {
            place = start
            skipMember()
            return .some(nil)
        }
        place += 1
        return member
    }

    private mutating func member() -> Member? {
        guard let member = parameter() else { return nil }
        while take(UInt8(ascii: ";")) {
            skipSpace()
            // A semicolon may have nothing behind it.
            if place < field.count, Token.contains(field[place]), parameter() == nil { return nil }
            skipSpace()
        }
        return member
    }

    private mutating func parameter() -> Member? {
        skipSpace()
        let name = token()
        skipSpace()
        guard !name.isEmpty else { return nil }
        guard take(UInt8(ascii: "=")) else { return (name, []) }
        skipSpace()
        let value = take(quote) ? quoted() : Array(token())
        skipSpace()
        return value.map { (name, $0) }
    }

    private mutating func token() -> UnsafeRawBufferPointer {
        let start = place
        while place < field.count, Token.contains(field[place]) { place += 1 }
        return UnsafeRawBufferPointer(rebasing: field[start..<place])
    }

    /// The text up to the closing quote; nil without one.
    private mutating func quoted() -> [UInt8]? {
        var text: [UInt8] = []
        while place < field.count {
            if take(quote) { return text }
            if field[place] == backslash { place += 1 }
            guard place < field.count else { return nil }
            text.append(field[place])
            place += 1
        }
        return nil
    }

    /// Goes behind the next comma outside of quotes.
    private mutating func skipMember() {
        while place < field.count {
            defer { place += 1 }
            if field[place] == comma { return }
            if field[place] == quote {
                place += 1
                if quoted() == nil { return }
                place -= 1
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard place < field.count, field[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while place < field.count, OptionalWhitespace.contains(field[place]) { place += 1 }
    }
}

private let comma = UInt8(ascii: ",")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
