/// The header fields of one message, in order, byte for byte as received: names keep their case and values need not be UTF-8.
///
/// All lie in one block, each behind its two lengths, so that a whole head costs one allocation and fields that stay together
/// are copied together. Held to 4 GiB, which every bound on a head keeps far away.
///
/// `@unchecked Sendable`: a block that is shared is only read; who writes makes sure before that it is theirs alone.
///
/// Public where other rooms are to have it inlined: across modules the compiler inlines nothing that is the package's alone.
public struct Headers: @unchecked Sendable {
    /// The fields, and room for more behind `end`; knows its capacity. Not an array, for whose making alone the runtime takes
    /// longer than all the rest of a small head costs.
    @usableFromInline var block: ManagedBuffer<Int, UInt8>?
    /// Where the first field lies in the block, which does not move: found by every reader without counting itself in.
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var end = 0
    package private(set) var count = 0
    /// Whether all fields were found sound when they were put in, so that whoever writes a head need not look again.
    private var isKnownSound = true

    /// One field in the bytes: the lengths of name and value, four bytes each, then both of them.
    @usableFromInline
    struct Field {
        @usableFromInline static var lengths: Int { 8 }

        @usableFromInline let name: UnsafeRawBufferPointer
        @usableFromInline let value: UnsafeRawBufferPointer
        /// The place of the next one.
        @usableFromInline let end: Int

        @inlinable
        init(at place: Int, in base: UnsafeMutableRawPointer) {
            let text = UnsafeRawPointer(base + place + Field.lengths)
            let nameLength = Int(base.loadUnaligned(fromByteOffset: place, as: UInt32.self))
            let valueLength = Int(base.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
            name = UnsafeRawBufferPointer(start: text, count: nameLength)
            value = UnsafeRawBufferPointer(start: text + nameLength, count: valueLength)
            end = place + Field.lengths + nameLength + valueLength
        }
    }

    package init() {}

    package init(_ pairs: KeyValuePairs<String, String>) {
        for (name, value) in pairs { append(name, value) }
    }

    package mutating func reserve(fields: Int, bytes: Int) {
        _ = makeRoom(fields * Field.lengths + bytes)
    }

    package var isEmpty: Bool { count == 0 }
    /// The bytes of all names and values, without separators.
    package var byteCount: Int { end - count * Field.lengths }

    // MARK: Writing

    package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        isKnownSound = isKnownSound && Headers.isSound(name, value)
        appendSound(name: name, value: value)
    }

    /// The same for a field of which whoever read it has made sure that it is sound.
    package mutating func appendSound(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let place = appendLengths(name.count, value.count)
        if let start = name.baseAddress { place.copyMemory(from: start, byteCount: name.count) }
        if let start = value.baseAddress { (place + name.count).copyMemory(from: start, byteCount: value.count) }
    }

    /// The same for a value that `write` writes where it is to stand, all its bytes.
    @inlinable
    public mutating func appendSound(_ name: StaticString, valueLength: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        let place = appendLengths(name.utf8CodeUnitCount, valueLength)
        place.copyMemory(from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
        write(UnsafeMutableRawBufferPointer(start: place + name.utf8CodeUnitCount, count: valueLength))
    }

    package mutating func append(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        name.withUTF8 { name in
            value.withUTF8 { value in append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value)) }
        }
    }

    /// Appends, in their order, the fields of `other` that `keeps` accepts. Neighbours that stay together are one copy.
    @inlinable
    public mutating func append(
        from other: Headers, where keeps: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) {
        guard let base = other.base else { return }
        var (place, runStart, kept) = (0, 0, 0)
        while place < other.end {
            let field = Field(at: place, in: base)
            if keeps(field.name, field.value) {
                kept += 1
            } else {
                append(other, runStart..<place, fields: 0)
                runStart = field.end
            }
            place = field.end
        }
        append(other, runStart..<place, fields: kept)
    }

    /// Appends all fields of `other`.
    package mutating func append(_ other: Headers) {
        append(other, 0..<other.end, fields: other.count)
    }

    /// Appends what lies there in `other`: whole fields, which the caller counts.
    @usableFromInline
    mutating func append(_ other: Headers, _ run: Range<Int>, fields: Int) {
        count += fields
        isKnownSound = isKnownSound && other.isKnownSound
        guard !run.isEmpty, let base = other.base else { return }
        (makeRoom(run.count) + end).copyMemory(from: base + run.lowerBound, byteCount: run.count)
        end += run.count
        withExtendedLifetime(other) {}
    }

    /// Begins a field behind those that are there, whose name and value are to be written where this says.
    @usableFromInline
    mutating func appendLengths(_ name: Int, _ value: Int) -> UnsafeMutableRawPointer {
        let length = Field.lengths + name + value
        let place = makeRoom(length) + end
        place.storeBytes(of: UInt32(name), as: UInt32.self)
        place.storeBytes(of: UInt32(value), toByteOffset: 4, as: UInt32.self)
        end += length
        count += 1
        return place + Field.lengths
    }

    // MARK: The block

    /// Makes the block this one's own with room for so many bytes more; says where it begins.
    private mutating func makeRoom(_ more: Int) -> UnsafeMutableRawPointer {
        let capacity = block?.header ?? 0
        if end + more <= capacity, isKnownUniquelyReferenced(&block), let base { return base }
        return moveToBlock(of: end + more > capacity ? max(end + more, 2 * capacity) : capacity)
    }

    private mutating func moveToBlock(of capacity: Int) -> UnsafeMutableRawPointer {
        let larger = ManagedBuffer<Int, UInt8>.create(minimumCapacity: capacity) { _ in capacity }
        let start = larger.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
        if let base { start.copyMemory(from: base, byteCount: end) }
        block = larger
        base = start
        return start
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

    /// Whether each field can stand in a head as it is: its name is a token, and its value breaks no line.
    package var isSound: Bool {
        if isKnownSound { return true }
        var isSound = true
        forEach { isSound = isSound && Headers.isSound($0, $1) }
        return isSound
    }

    private static func isSound(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        Token.isWhole(name) && !FieldText.breaksLine(value)
    }

    /// Calls `body` for each field in order; the bytes are valid only during the call.
    @inlinable
    public func forEach(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void) rethrows {
        defer { withExtendedLifetime(block) {} }
        guard let base else { return }
        var place = 0
        while place < end {
            let field = Field(at: place, in: base)
            try body(field.name, field.value)
            place = field.end
        }
    }

    /// Calls `body` with the value of each field of this name in order; the bytes are valid only during the call.
    package func forEach(_ name: String, _ body: (_ value: UnsafeRawBufferPointer) throws -> Void) rethrows {
        var name = name
        try name.withUTF8 { name in
            try forEach { field, value in if Headers.equal(field, name) { try body(value) } }
        }
    }

    package func contains(_ name: String) -> Bool { withFirst(name) { _ in true } ?? false }

    /// The value of the first field of this name, as text; what is not UTF-8 in it is replaced.
    package func first(_ name: String) -> String? { withFirst(name) { String(decoding: $0, as: UTF8.self) } }

    /// The same for a name that is known here, in lower case, and a value that is mostly the same.
    package func first(literal name: StaticString, _ texts: inout RepeatedText) -> String? {
        withFirst(where: { Headers.equal($0, literal: name) }) { texts.text($0) }
    }

    private func withFirst<Result>(_ name: String, _ body: (_ value: UnsafeRawBufferPointer) -> Result) -> Result? {
        var name = name
        return name.withUTF8 { name in withFirst(where: { Headers.equal($0, name) }, body) }
    }

    @inline(__always)
    private func withFirst<Result>(
        where isNamed: (_ name: UnsafeRawBufferPointer) -> Bool, _ body: (_ value: UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        defer { withExtendedLifetime(block) {} }
        guard let base else { return nil }
        var place = 0
        while place < end {
            let field = Field(at: place, in: base)
            if isNamed(field.name) { return body(field.value) }
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
    @inlinable
    @inline(__always)
    public static func equal(_ field: UnsafeRawBufferPointer, literal name: StaticString) -> Bool {
        name.utf8CodeUnitCount == field.count && ASCII.equal(field, lowercase: name.utf8Start)
    }

    private static func equal(_ field: UnsafeRawBufferPointer, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == field.count else { return false }
        for place in 0..<name.count where ASCII.lowercase(field[place]) != ASCII.lowercase(name[place]) { return false }
        return true
    }
}

extension Headers: Equatable {
    /// The same fields in the same order, byte for byte: neither the case of a name nor bytes that are not UTF-8 are let off.
    public static func == (left: Headers, right: Headers) -> Bool {
        guard left.count == right.count, left.end == right.end, let one = left.base, let other = right.base else {
            return left.isEmpty && right.isEmpty
        }
        defer { withExtendedLifetime((left, right)) {} }
        return SameBytes.are(UnsafeRawBufferPointer(start: one, count: left.end), UnsafeRawBufferPointer(start: other, count: left.end))
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
    public var description: String { pairs.map { "\($0[0]): \($0[1])" }.joined(separator: "\n") }
}
