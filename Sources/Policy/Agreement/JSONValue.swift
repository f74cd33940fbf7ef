/// A JSON document (RFC 8259) as a tree, for being compared.
indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As it is written.
    case number([UInt8])
    /// Escapes undone.
    case string([UInt8])
    case array([JSONValue])
    case object([Member])

    struct Member: Hashable, Sendable {
        let name: [UInt8]
        let value: JSONValue
    }

    /// nil for what is not JSON, or is nested deeper than `JSONText.depthLimit`.
    init?(_ bytes: [UInt8]) {
        var reader = JSONText(whole: bytes)
        guard let value = try? reader.value(), reader.isAtEnd else { return nil }
        self = value
    }
}

extension JSONText {
    fileprivate var isAtEnd: Bool { peek == nil }

    fileprivate mutating func value() throws(Malformed) -> JSONValue {
        skipSpace()
        defer { skipSpace() }
        let start = place
        switch peek {
        case UInt8(ascii: "\""): return .string(JSONText.unescaped(try string()))
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .array(try elements())
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default:
            try number()
            return .number(Array(bytes[start..<place]))
        }
    }

    private mutating func members() throws(Malformed) -> [JSONValue.Member] {
        try enter()
        var members: [JSONValue.Member] = []
        while try !leaves(UInt8(ascii: "}"), isFirst: members.isEmpty) {
            let name = JSONText.unescaped(try key())
            members.append(JSONValue.Member(name: name, value: try value()))
        }
        return members
    }

    private mutating func elements() throws(Malformed) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        while try !leaves(UInt8(ascii: "]"), isFirst: elements.isEmpty) { elements.append(try value()) }
        return elements
    }
}
