internal import Exchange

/// Reads the text of behaviours: `key=value` and flags joined by `,`. A backslash takes the next character as it is.
extension Behaviour {
    private static let keys = [
        "body", "chunked", "close", "close-after", "close-idle", "delay", "early", "echo", "garbage", "hang", "header", "interim",
        "ok", "reset", "reset-after", "reset-early", "retry-after", "slow-read", "sse", "status", "trickle",
    ]

    /// - Parameters:
    ///   - text: such as `status=503,delay=250ms`; empty for `base` itself.
    ///   - base: what holds where the text says nothing.
    /// - Throws: a sentence that names the part that can't be read.
    init(_ text: String, onTopOf base: Behaviour = Behaviour()) throws(SpecError) {
        self = base
        for part in ScriptText.split(text, at: ",") {
            let pieces = ScriptText.cut(part, at: "=")
            if let value = pieces.after {
                try set(pieces.before.trimmed, to: value.trimmed)
            } else if !part.trimmed.isEmpty {
                try raise(part.trimmed)
            }
        }
    }

    private mutating func raise(_ flag: String) throws(SpecError) {
        switch flag {
        case "ok": status = 200
        case "echo": body = .echo
        case "chunked": chunked = true
        case "early": early = true
        case "hang": ending = .hang
        case "reset": ending = .reset
        case "reset-early": ending = .resetEarly
        case "close": ending = .close
        case "close-idle": ending = .closeIdle
        case "garbage": ending = .garbage
        default: throw Behaviour.unknown(flag)
        }
    }

    private mutating func set(_ key: String, to value: String) throws(SpecError) {
        switch key {
        case "status": status = try Quantity.integer(value, in: 200...999, for: key)
        case "interim": interim.append(try Quantity.integer(value, in: 100...199, for: key))
        case "delay": delay = try Behaviour.delay(value)
        case "body": body = .pattern(try Quantity.size(value))
        case "sse": body = .events(try Behaviour.pace(value, for: key))
        case "trickle": trickle = try Behaviour.pace(value, for: key)
        case "slow-read": slowRead = try Behaviour.pace(value, for: key)
        case "reset-after": ending = .resetAfter(try Quantity.size(value))
        case "close-after": ending = .closeAfter(try Quantity.size(value))
        case "retry-after": fields.append(Field(name: "Retry-After", value: try Behaviour.fieldValue(value)))
        case "header": fields.append(try Behaviour.field(value))
        default: throw Behaviour.unknown(key)
        }
    }

    private static func unknown(_ key: String) -> SpecError {
        SpecError("unknown behaviour '\(key)'; known: \(keys.joined(separator: ", ")); parts are joined by commas")
    }

    /// `250ms`, or `2ms..8ms` for one drawn evenly from between.
    private static func delay(_ text: String) throws(SpecError) -> ClosedRange<Duration> {
        guard let dots = text.firstRange(of: "..") else {
            let fixed = try Quantity.duration(text)
            return fixed...fixed
        }
        let low = try Quantity.duration(text[..<dots.lowerBound])
        let high = try Quantity.duration(text[dots.upperBound...])
        guard low <= high else { throw SpecError("delay=\(text): write the shorter duration first") }
        return low...high
    }

    private static func pace(_ text: String, for key: String) throws(SpecError) -> Pace {
        let pieces = ScriptText.cut(text, at: "/")
        guard let interval = pieces.after else {
            throw SpecError("\(key)=\(text): write a number and an interval, such as 5/100ms")
        }
        let pace = Pace(
            count: try Quantity.integer(pieces.before, in: 1...1_000_000, for: key), interval: try Quantity.duration(interval))
        guard pace.interval >= .milliseconds(1) else { throw SpecError("\(key)=\(text): the interval is at least 1ms") }
        return pace
    }

    static func field(_ text: String) throws(SpecError) -> Field {
        let pieces = ScriptText.cut(text, at: ":")
        guard let value = pieces.after, Token.isWhole(pieces.before.utf8) else {
            throw SpecError("header '\(text)': write Name:value")
        }
        return Field(name: pieces.before, value: try fieldValue(value.trimmed))
    }

    private static func fieldValue(_ text: String) throws(SpecError) -> String {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw SpecError("a header's value holds a control character")
        }
        return text
    }
}
