/// The header fields of one message, in order, byte for byte as received: names keep their case and values need not be UTF-8.
///
/// All bytes lie in one array and each field is three offsets into it, so that a whole head costs two allocations and
/// fields that stay together are copied together. Held to 4 GiB, which every bound on a head keeps far away.
package struct Headers: Sendable {
    private var bytes: [UInt8]
    private var fields: [Field]

    /// The name lies from `start` to `middle`, the value from there to `end`.
    private struct Field {
        var start: UInt32
        var middle: UInt32
        var end: UInt32
    }

    package init() {
        bytes = []
        fields = []
    }

    package init(_ pairs: KeyValuePairs<String, String>) {
        self.init()
        for (name, value) in pairs { append(name, value) }
    }

    package mutating func reserve(fields: Int, bytes: Int) {
        self.fields.reserveCapacity(fields)
        self.bytes.reserveCapacity(bytes)
    }

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }
    /// The bytes of all names and values, without separators.
    package var byteCount: Int { fields.reduce(0) { $0 + Int($1.end - $1.start) } }

    // MARK: Writing

    package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let start = UInt32(bytes.count)
        bytes.append(contentsOf: name)
        let middle = UInt32(bytes.count)
        bytes.append(contentsOf: value)
        fields.append(Field(start: start, middle: middle, end: UInt32(bytes.count)))
    }

    package mutating func append(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        name.withUTF8 { name in
            value.withUTF8 { value in append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value)) }
        }
    }

    /// Appends, in their order, the fields of `other` that `keeps` accepts. Neighbours that stay together are one copy.
    package mutating func append(
        from other: Headers, where keeps: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) {
        other.bytes.withUnsafeBytes { all in
            var (runStart, runEnd) = (0, 0)
            for field in other.fields where keeps(Headers.name(field, all), Headers.value(field, all)) {
                if Int(field.start) != runEnd {
                    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: all[runStart..<runEnd]))
                    runStart = Int(field.start)
                }
                runEnd = Int(field.end)
                let start = UInt32(bytes.count + Int(field.start) - runStart)
                fields.append(Field(start: start, middle: start + field.middle - field.start, end: start + field.end - field.start))
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: all[runStart..<runEnd]))
        }
    }

    /// Removes every field of this name, whatever its case.
    package mutating func remove(_ name: String) {
        remove { Headers.equal($0, name) }
    }

    /// Removes every field whose name satisfies the condition.
    package mutating func remove(where condition: (UnsafeRawBufferPointer) -> Bool) {
        bytes.withUnsafeBytes { all in
            fields.removeAll { condition(Headers.name($0, all)) }
        }
    }

    /// Puts one field in place of all of this name.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }

    // MARK: Reading

    /// Calls `body` for each field in order; the bytes are valid only during the call.
    package func forEach(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { all in
            for field in fields { try body(Headers.name(field, all), Headers.value(field, all)) }
        }
    }

    /// Calls `body` with the value of each field of this name in order; the bytes are valid only during the call.
    package func forEach(_ name: String, _ body: (_ value: UnsafeRawBufferPointer) throws -> Void) rethrows {
        var name = name
        try name.withUTF8 { name in
            try bytes.withUnsafeBytes { all in
                for field in fields where Headers.equal(Headers.name(field, all), name) { try body(Headers.value(field, all)) }
            }
        }
    }

    package func contains(_ name: String) -> Bool { place(of: name) != nil }

    /// The value of the first field of this name, as text; what is not UTF-8 in it is replaced.
    package func first(_ name: String) -> String? {
        place(of: name).map { place in
            bytes.withUnsafeBytes { all in String(decoding: Headers.value(fields[place], all), as: UTF8.self) }
        }
    }

    /// The values of all fields of this name in order, as text.
    package func values(_ name: String) -> [String] {
        var values: [String] = []
        forEach(name) { values.append(String(decoding: $0, as: UTF8.self)) }
        return values
    }

    /// Whether a field name is `name` whatever the case of its letters (RFC 9110, 5.1).
    package static func equal(_ field: UnsafeRawBufferPointer, _ name: String) -> Bool {
        guard name.utf8.count == field.count else { return false }
        var name = name
        return name.withUTF8 { equal(field, $0) }
    }

    /// The same for a name that is known here, in lower case: without a look at how a string is kept.
    @inline(__always)
    package static func equal(_ field: UnsafeRawBufferPointer, literal name: StaticString) -> Bool {
        guard name.utf8CodeUnitCount == field.count else { return false }
        let letters = name.utf8Start
        for place in 0..<field.count where lowercase(field[place]) != letters[place] { return false }
        return true
    }

    private func place(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { name in
            bytes.withUnsafeBytes { all in fields.firstIndex { Headers.equal(Headers.name($0, all), name) } }
        }
    }

    private static func equal(_ field: UnsafeRawBufferPointer, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == field.count else { return false }
        for place in 0..<name.count where lowercase(field[place]) != lowercase(name[place]) { return false }
        return true
    }

    private static func name(_ field: Field, _ all: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: all[Int(field.start)..<Int(field.middle)])
    }

    private static func value(_ field: Field, _ all: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: all[Int(field.middle)..<Int(field.end)])
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}

extension Headers: Equatable {
    /// The same fields in the same order, byte for byte: neither the case of a name nor bytes that are not UTF-8 are let off.
    package static func == (left: Headers, right: Headers) -> Bool {
        guard left.count == right.count else { return false }
        return left.bytes.withUnsafeBytes { leftBytes in
            right.bytes.withUnsafeBytes { rightBytes in
                zip(left.fields, right.fields).allSatisfy { one, other in
                    name(one, leftBytes).elementsEqual(name(other, rightBytes))
                        && value(one, leftBytes).elementsEqual(value(other, rightBytes))
                }
            }
        }
    }

    /// Every field as text, for tests and for people.
    package var pairs: [[String]] {
        var pairs: [[String]] = []
        forEach { name, value in
            pairs.append([String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)])
        }
        return pairs
    }
}

extension Headers: CustomStringConvertible {
    package var description: String { pairs.map { "\($0[0]): \($0[1])" }.joined(separator: "\n") }
}
