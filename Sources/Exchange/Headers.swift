/// The header fields of one message, in order, byte for byte as received: names keep their case and values need not be UTF-8.
///
/// All bytes lie in one array and each field is four offsets into it, so that a whole head costs two allocations.
package struct Headers: Sendable {
    private var bytes: [UInt8]
    private var fields: [Field]

    private struct Field {
        var name: Range<Int32>
        var value: Range<Int32>
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
    package var byteCount: Int { fields.reduce(0) { $0 + $1.name.count + $1.value.count } }

    // MARK: Writing

    package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let start = Int32(bytes.count)
        let middle = start + Int32(name.count)
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<middle + Int32(value.count)))
    }

    package mutating func append(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        name.withUTF8 { name in
            value.withUTF8 { value in append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value)) }
        }
    }

    /// Removes every field of this name, whatever its case.
    package mutating func remove(_ name: String) {
        remove { Headers.equal($0, name) }
    }

    /// Removes every field whose name satisfies the condition.
    package mutating func remove(where condition: (UnsafeRawBufferPointer) -> Bool) {
        fields = bytes.withUnsafeBytes { all in
            fields.filter { !condition(Headers.slice(all, $0.name)) }
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
            for field in fields { try body(Headers.slice(all, field.name), Headers.slice(all, field.value)) }
        }
    }

    package func contains(_ name: String) -> Bool {
        bytes.withUnsafeBytes { all in fields.contains { Headers.equal(Headers.slice(all, $0.name), name) } }
    }

    /// The value of the first field of this name, as text; what is not UTF-8 in it is replaced.
    package func first(_ name: String) -> String? {
        bytes.withUnsafeBytes { all in
            for field in fields where Headers.equal(Headers.slice(all, field.name), name) {
                return String(decoding: Headers.slice(all, field.value), as: UTF8.self)
            }
            return nil
        }
    }

    /// The values of all fields of this name in order, as text.
    package func values(_ name: String) -> [String] {
        bytes.withUnsafeBytes { all in
            fields.compactMap { field in
                guard Headers.equal(Headers.slice(all, field.name), name) else { return nil }
                return String(decoding: Headers.slice(all, field.value), as: UTF8.self)
            }
        }
    }

    /// Whether a field name is `name` whatever the case of its letters (RFC 9110, 5.1).
    package static func equal(_ field: UnsafeRawBufferPointer, _ name: String) -> Bool {
        var name = name
        return name.withUTF8 { name in
            guard name.count == field.count else { return false }
            for place in 0..<name.count where lowercase(field[place]) != lowercase(name[place]) { return false }
            return true
        }
    }

    private static func slice(_ all: UnsafeRawBufferPointer, _ range: Range<Int32>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: all[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}

extension Headers: Equatable {
    package static func == (left: Headers, right: Headers) -> Bool { left.pairs == right.pairs }

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
