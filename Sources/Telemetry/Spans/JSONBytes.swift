internal import Exchange

/// JSON text (RFC 8259) as bytes, written front to back into storage that is kept from one use to the next.
///
/// The storage is its own, not an array's: a span is some sixty small copies, and each costs an array a check of uniqueness
/// and a call. Written through here they are a third of the work.
struct JSONBytes: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private var start: UnsafeMutablePointer<UInt8>

    init(capacity: Int = 1024) {
        self.capacity = max(64, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// What has been written; valid until more is.
    var written: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// A copy of what has been written.
    var array: [UInt8] { Array(written) }

    /// Starts anew, with the storage that is there.
    mutating func clear() { count = 0 }

    /// Takes back all that was written after the first `count` bytes.
    mutating func cut(to count: Int) { self.count = min(count, self.count) }

    // MARK: Text that is JSON already

    // Inlined, so that of a literal the length is known and its copy is a few moves.
    @inline(__always)
    mutating func raw(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        store(text)
    }

    mutating func raw(_ text: [UInt8]) { text.withUnsafeBufferPointer { copy($0) } }

    mutating func raw(_ text: UnsafeBufferPointer<UInt8>) { copy(text) }

    /// A comma, unless an array or object has just been opened.
    @inline(__always)
    mutating func separate() {
        guard count > 0 else { return }
        let last = start[count - 1]
        if last != UInt8(ascii: "[") && last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    }

    /// The text behind a comma, where one is due, in one piece.
    @inline(__always)
    mutating func separated(_ text: StaticString) {
        separate()
        raw(text)
    }

    /// What ends an attribute whose value is text or an integer: a quote and two braces.
    @inline(__always)
    mutating func closeAttribute() { raw("\"}}") }

    /// There must be room for it.
    @inline(__always)
    private mutating func store(_ text: StaticString) {
        (start + count).initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    /// Lets `body` write behind what is there, within so many bytes; it says where it has ended.
    mutating func fill(room: Int, _ body: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer) {
        reserve(room)
        let place = UnsafeMutableRawPointer(start + count)
        count += body(place) - place
    }

    // MARK: Values

    /// A string, quotes included; cut between two characters after at most `limit` bytes of UTF-8.
    mutating func quoted(_ text: String, limit: Int) {
        append(UInt8(ascii: "\""))
        escaped(text, limit: limit)
        append(UInt8(ascii: "\""))
    }

    /// The inside of a string.
    mutating func escaped(_ text: String, limit: Int) {
        var text = text
        text.withUTF8 { escaped($0, limit: limit) }
    }

    /// The inside of a string, of UTF-8.
    mutating func escaped(_ text: UnsafeBufferPointer<UInt8>, limit: Int) {
        let end = Self.boundary(in: text, limit: limit)
        var clean = 0
        var place = Self.plainPrefix(of: text, end)
        while place < end {
            if Self.needsEscape(text[place]) {
                copy(UnsafeBufferPointer(rebasing: text[clean..<place]))
                escape(text[place])
                clean = place + 1
            }
            place += 1
        }
        copy(UnsafeBufferPointer(rebasing: text[clean..<end]))
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        if value < 0 { append(UInt8(ascii: "-")) }
        decimal(UInt64(value.magnitude))
    }

    private mutating func decimal(_ value: UInt64) {
        reserve(DecimalDigits.room)
        count += DecimalDigits.write(value, to: start + count)
    }

    /// A number; what JSON has no number for is the word that the JSON form of Protocol Buffers takes in its place.
    mutating func number(_ value: Double) {
        if value.isNaN { return raw("\"NaN\"") }
        if value.isInfinite { return raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
        escaped(value.description, limit: 32)
    }

    /// Sixteen hexadecimal digits, without quotes.
    mutating func hexadecimal(_ value: UInt64) {
        reserve(16)
        Hexadecimal.write(value, to: UnsafeMutableRawBufferPointer(start: start + count, count: 16))
        count += 16
    }

    /// Thirty-two of them.
    mutating func id(_ id: TraceID) {
        hexadecimal(id.high)
        hexadecimal(id.low)
    }

    mutating func id(_ id: SpanID) { hexadecimal(id.value) }

    /// A UUID's text (RFC 9562, 4), without quotes.
    mutating func uuid(_ high: UInt64, _ low: UInt64) {
        reserve(Hexadecimal.uuidLength)
        Hexadecimal.writeUUID(high, low, to: start + count)
        count += Hexadecimal.uuidLength
    }

    // MARK: Escaping

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// So many bytes from the front need no escape: found eight at a time, the last of them one by one.
    private static func plainPrefix(of text: UnsafeBufferPointer<UInt8>, _ end: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(text)
        var place = 0
        while place + 8 <= end {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let quote = word ^ 0x2222_2222_2222_2222
            let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            // A byte that is too low borrows from its own highest bit, and so does one that is zero.
            let found = low | (quote &- 0x0101_0101_0101_0101) & ~quote | (backslash &- 0x0101_0101_0101_0101) & ~backslash
            if found & 0x8080_8080_8080_8080 != 0 { break }
            place += 8
        }
        return place
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case UInt8(ascii: "\n"): raw("\\n")
        case UInt8(ascii: "\r"): raw("\\r")
        case UInt8(ascii: "\t"): raw("\\t")
        default:
            raw("\\u00")
            append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let nibble = byte & 0xF
            append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }

    /// The longest prefix of at most `limit` bytes that ends between two characters.
    private static func boundary(in text: UnsafeBufferPointer<UInt8>, limit: Int) -> Int {
        guard text.count > limit else { return text.count }
        var end = max(0, limit)
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    // MARK: Storage

    private mutating func append(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    @inline(__always)
    private mutating func copy(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (start + count).initialize(from: source, count: bytes.count)
        count += bytes.count
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }
}
