internal import Exchange

/// One JSON object on one line (RFC 8259), built member by member. Names must differ; text too long is cut.
struct JSONLine {
    /// Bytes of UTF-8 beyond which a text is cut, so that no peer can make a line of any length.
    static let longestText = 2048

    private var bytes: [UInt8] = []

    init(at time: WallTime, level: StaticString, message: String) {
        bytes.reserveCapacity(320)
        bytes.append(0x7B)
        name("time", isFirst: true)
        bytes.append(0x22)
        Timestamp.append(time, to: &bytes)
        bytes.append(0x22)
        text("level", level.description)
        text("message", message)
    }

    mutating func text(_ name: String, _ value: String) {
        self.name(name)
        quote(value)
    }

    mutating func integer(_ name: String, _ value: Int) {
        self.name(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A number of milliseconds with three decimals.
    mutating func milliseconds(_ name: String, nanoseconds: UInt64) {
        self.name(name)
        let microseconds = nanoseconds / 1000
        bytes.append(contentsOf: String(microseconds / 1000).utf8)
        bytes.append(0x2E)
        bytes.append(contentsOf: String(1000 + microseconds % 1000).utf8.dropFirst())
    }

    /// The members that join a line to its trace; `spanID` is the span that the line is about.
    mutating func identifiers(of story: ExchangeStory, spanID: SpanID) {
        digits("exchange_id", Hexadecimal.uuidLength) { digits in
            if let start = digits.baseAddress { Hexadecimal.writeUUID(story.id.high, story.id.low, to: start) }
        }
        digits("trace_id", 32) { digits in
            Hexadecimal.write(story.trace.traceID.high, to: digits)
            Hexadecimal.write(story.trace.traceID.low, to: UnsafeMutableRawBufferPointer(rebasing: digits[16...]))
        }
        digits("span_id", 16) { Hexadecimal.write(spanID.value, to: $0) }
    }

    /// A member whose value `write` puts there.
    mutating func member(_ name: String, _ write: (inout JSONLine) -> Void) {
        self.name(name)
        write(&self)
    }

    consuming func finished() -> [UInt8] {
        bytes.append(0x7D)
        bytes.append(0x0A)
        return bytes
    }

    // MARK: Values

    mutating func quote(_ value: String) {
        bytes.append(0x22)
        var value = value
        value.withUTF8 { text in
            let end = Self.end(of: text)
            let part = UnsafeBufferPointer(rebasing: text[..<end])
            if part.contains(where: Self.needsEscape) {
                for byte in part { escape(byte) }
            } else {
                bytes.append(contentsOf: part)
            }
            if end < text.count { bytes.append(contentsOf: "…".utf8) }
        }
        bytes.append(0x22)
    }

    mutating func list<Element>(_ elements: some Collection<Element>, _ marks: (open: UInt8, close: UInt8), _ write: (inout JSONLine, Element) -> Void) {
        bytes.append(marks.open)
        for (place, element) in elements.enumerated() {
            if place > 0 { bytes.append(0x2C) }
            write(&self, element)
        }
        bytes.append(marks.close)
    }

    mutating func colon() { bytes.append(0x3A) }

    /// A member whose value is so many digits, which `write` puts there.
    private mutating func digits(_ name: String, _ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        self.name(name)
        bytes.append(0x22)
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { digits in
            write(digits)
            bytes.append(contentsOf: digits)
        }
        bytes.append(0x22)
    }

    private mutating func name(_ name: String, isFirst: Bool = false) {
        if !isFirst { bytes.append(0x2C) }
        quote(name)
        bytes.append(0x3A)
    }

    private static func needsEscape(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: bytes.append(contentsOf: [0x5C, 0x22])
        case 0x5C: bytes.append(contentsOf: [0x5C, 0x5C])
        case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
        case 0..<0x20: bytes.append(contentsOf: ("\\u00" + Hexadecimal.string(UInt64(byte)).suffix(2)).utf8)
        default: bytes.append(byte)
        }
    }

    /// Where to cut: not within a character.
    private static func end(of text: UnsafeBufferPointer<UInt8>) -> Int {
        guard text.count > longestText else { return text.count }
        var end = longestText
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }
}
