internal import Exchange

/// A JSON document (RFC 8259) on its way out, its members in the order that a reader wants them.
indirect enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// What is not a number in JSON's sense, infinite or NaN, is written as `null`.
    case decimal(Double)
    case string(String)
    case array([JSON])
    case object([(name: String, value: JSON)])

    /// `null` where there is no text.
    init(_ text: String?) { self = text.map { .string($0) } ?? .null }
    init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
    /// Rounded to millionths: of seconds that is a microsecond.
    init(_ number: Double?) { self = number.map { .decimal(($0 * 1e6).rounded() / 1e6) } ?? .null }
    init(_ time: WallTime?) { self = time.map { .string(TimeText.string($0)) } ?? .null }

    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): text += JSONText.quoted(value)
        case .array(let values):
            text += "["
            for (place, value) in values.enumerated() {
                if place > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (place, member) in members.enumerated() {
                text += (place > 0 ? "," : "") + JSONText.quoted(member.name) + ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }
}
