/// The header fields of one message, in order, byte for byte as received: names keep their case and values need not be UTF-8.
///
/// All lie in one block, each behind its two lengths, so that a whole head costs one allocation and fields that stay together
/// are copied together. Held to 4 GiB, which every bound on a head keeps far away.
///
/// `@unchecked Sendable`: a block that is shared is only read; who writes makes sure before that it is theirs alone.
package struct Headers: @unchecked Sendable {
    /// The fields, and room for more behind `end`; knows its capacity. Not an array, for whose making alone the runtime takes
    /// longer than all the rest of a small head costs.
    private var block: ManagedBuffer<Int, UInt8>?
    private var end = 0
    package private(set) var count = 0

    /// One field in the bytes: the lengths of name and value, four bytes each, then both of them.
    private struct Field {
        static let lengths = 8

        let start: Int
        let middle: Int
        let end: Int

        init(at place: Int, in all: UnsafeRawBufferPointer) {
            start = place + Field.lengths
            middle = start + Int(all.loadUnaligned(fromByteOffset: place, as: UInt32.self))
            end = middle + Int(all.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
        }

        func name(_ all: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: all[start..<middle]) }
        func value(_ all: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: all[middle..<end]) }
    }

    package init() {}

    package init(_ pairs: KeyValuePairs<String, String>) {
        for (name, value) in pairs { append(name, value) }
    }

    package mutating func reserve(fields: Int, bytes: Int) {
        makeRoom(fields * Field.lengths + bytes)
    }

    package var isEmpty: Bool { count == 0 }
    /// The bytes of all names and values, without separators.
    package var byteCount: Int { end - count * Field.lengths }

    // MARK: Writing

    package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        write(Field.lengths + name.count + value.count) { field in
            field.storeBytes(of: UInt32(name.count), as: UInt32.self)
            field.storeBytes(of: UInt32(value.count), toByteOffset: 4, as: UInt32.self)
            UnsafeMutableRawBufferPointer(rebasing: field[Field.lengths...]).copyMemory(from: name)
            UnsafeMutableRawBufferPointer(rebasing: field[(Field.lengths + name.count)...]).copyMemory(from: value)
        }
        count += 1
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
        other.read { all in
            var (place, runStart) = (0, 0)
            while place < all.count {
                let field = Field(at: place, in: all)
                if keeps(field.name(all), field.value(all)) {
                    count += 1
                } else {
                    append(run: all[runStart..<place])
                    runStart = field.end
                }
                place = field.end
            }
            append(run: all[runStart..<place])
        }
    }

    /// Appends all fields of `other`.
    package mutating func append(_ other: Headers) {
        other.read { append(run: $0[...]) }
        count += other.count
    }

    /// Whole fields, which the caller counts.
    private mutating func append(run: Slice<UnsafeRawBufferPointer>) {
        guard !run.isEmpty else { return }
        write(run.count) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: run)) }
    }

    // MARK: The block

    @inline(__always)
    private func read<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        guard let block else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try block.withUnsafeMutablePointerToElements { try body(UnsafeRawBufferPointer(start: $0, count: end)) }
    }

    /// Has `fill` write so many bytes behind what is there.
    @inline(__always)
    private mutating func write(_ count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        makeRoom(count)
        block?.withUnsafeMutablePointerToElements { fill(UnsafeMutableRawBufferPointer(start: $0 + end, count: count)) }
        end += count
    }

    private mutating func makeRoom(_ more: Int) {
        let capacity = block?.header ?? 0
        guard end + more > capacity || !isKnownUniquelyReferenced(&block) else { return }
        moveToBlock(of: end + more > capacity ? max(end + more, 2 * capacity) : capacity)
    }

    private mutating func moveToBlock(of capacity: Int) {
        let larger = ManagedBuffer<Int, UInt8>.create(minimumCapacity: capacity) { _ in capacity }
        larger.withUnsafeMutablePointerToElements { start in
            read { UnsafeMutableRawBufferPointer(start: start, count: capacity).copyMemory(from: $0) }
        }
        block = larger
    }

    // MARK: Taking away

    /// Removes every field of this name, whatever its case.
    package mutating func remove(_ name: String) {
        guard contains(name) else { return }
        remove { Headers.equal($0, name) }
    }

    /// Removes every field whose name satisfies the condition.
    package mutating func remove(where condition: (UnsafeRawBufferPointer) -> Bool) {
        var kept = Headers()
        kept.reserve(fields: count, bytes: byteCount)
        kept.append(from: self) { name, _ in !condition(name) }
        self = kept
    }

    /// Puts one field in place of all of this name.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        append(name, value)
    }

    // MARK: Reading

    /// Calls `body` for each field in order; the bytes are valid only during the call.
    package func forEach(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void) rethrows {
        try read { all in
            var place = 0
            while place < all.count {
                let field = Field(at: place, in: all)
                try body(field.name(all), field.value(all))
                place = field.end
            }
        }
    }

    /// Calls `body` with the value of each field of this name in order; the bytes are valid only during the call.
    package func forEach(_ name: String, _ body: (_ value: UnsafeRawBufferPointer) throws -> Void) rethrows {
        var name = name
        try name.withUTF8 { name in
            try read { all in
                var place = 0
                while let field = field(name, from: place, in: all) {
                    try body(field.value(all))
                    place = field.end
                }
            }
        }
    }

    package func contains(_ name: String) -> Bool { withFirst(name) { _ in true } ?? false }

    /// The value of the first field of this name, as text; what is not UTF-8 in it is replaced.
    package func first(_ name: String) -> String? { withFirst(name) { String(decoding: $0, as: UTF8.self) } }

    private func withFirst<Result>(_ name: String, _ body: (_ value: UnsafeRawBufferPointer) -> Result) -> Result? {
        var name = name
        return name.withUTF8 { name in
            read { all in field(name, from: 0, in: all).map { body($0.value(all)) } }
        }
    }

    /// The first field of this name that begins at `place` or after it.
    private func field(_ name: UnsafeBufferPointer<UInt8>, from place: Int, in all: UnsafeRawBufferPointer) -> Field? {
        var place = place
        while place < all.count {
            let field = Field(at: place, in: all)
            if field.middle - field.start == name.count, Headers.equal(field.name(all), name) { return field }
            place = field.end
        }
        return nil
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

    private static func equal(_ field: UnsafeRawBufferPointer, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == field.count else { return false }
        for place in 0..<name.count where lowercase(field[place]) != lowercase(name[place]) { return false }
        return true
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}

extension Headers: Equatable {
    /// The same fields in the same order, byte for byte: neither the case of a name nor bytes that are not UTF-8 are let off.
    package static func == (left: Headers, right: Headers) -> Bool {
        guard left.count == right.count, left.end == right.end else { return false }
        return left.read { one in right.read { other in one.elementsEqual(other) } }
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
