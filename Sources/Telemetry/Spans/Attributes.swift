internal import Exchange

/// Attributes in OTLP's JSON form: `{"key": …, "value": {"stringValue": …}}`, with 64-bit integers as decimal strings.
extension JSONBytes {
    /// Bytes of UTF-8 of one attribute's text; what is longer is cut.
    static let longestText = 4096
    /// The same within an event.
    static let longestEventText = 1024

    mutating func attribute(_ key: StaticString, _ value: some StringProtocol, limit: Int = longestText) {
        open(key)
        raw("stringValue\":")
        quoted(value, limit: limit)
        raw("}}")
    }

    mutating func attribute(_ key: StaticString, word: StaticString) {
        open(key)
        raw("stringValue\":\"")
        raw(word)
        raw("\"}}")
    }

    mutating func attribute(_ key: StaticString, integer: Int) {
        open(key)
        raw("intValue\":\"")
        self.integer(integer)
        raw("\"}}")
    }

    /// A status as a string, as `error.type` has it.
    mutating func attribute(_ key: StaticString, status: Int) {
        open(key)
        raw("stringValue\":\"")
        integer(status)
        raw("\"}}")
    }

    /// An attribute whose key is not known beforehand.
    mutating func attribute(key: String, _ value: SpanValue, limit: Int) {
        separate()
        raw("{\"key\":")
        quoted(key, limit: 256)
        raw(",\"value\":{")
        self.value(value, limit: limit)
        raw("}}")
    }

    private mutating func open(_ key: StaticString) {
        separate()
        raw("{\"key\":\"")
        raw(key)
        raw("\",\"value\":{\"")
    }

    private mutating func value(_ value: SpanValue, limit: Int) {
        switch value {
        case .string(let text):
            raw("\"stringValue\":")
            quoted(text, limit: limit)
        case .int(let integer):
            raw("\"intValue\":\"")
            self.integer(integer)
            raw("\"")
        case .double(let number):
            raw("\"doubleValue\":")
            self.number(number)
        case .bool(let flag):
            raw(flag ? "\"boolValue\":true" : "\"boolValue\":false")
        }
    }
}
