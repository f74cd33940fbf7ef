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
        text("exchange_id", story.id.description)
        hexadecimal("trace_id", story.trace.traceID.high, story.trace.traceID.low)
        hexadecimal("span_id", spanID.value)
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
            for byte in text[..<end] { escape(byte) }
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

    private mutating func hexadecimal(_ name: String, _ words: UInt64...) {
        self.name(name)
        bytes.append(0x22)
        for word in words { bytes.append(contentsOf: Hexadecimal.string(word).utf8) }
        bytes.append(0x22)
    }

    private mutating func name(_ name: String, isFirst: Bool = false) {
        if !isFirst { bytes.append(0x2C) }
        quote(name)
        bytes.append(0x3A)
    }

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
