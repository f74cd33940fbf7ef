internal import Exchange

/// Strings of JSON and the text they stand for (RFC 8259, 7).
extension JSONText {
    /// The text of a string given with its quotes. Half of a surrogate pair becomes the replacement character.
    static func unescaped(_ string: ArraySlice<UInt8>) -> [UInt8] {
        let content = string.dropFirst().dropLast()
        guard content.contains(UInt8(ascii: "\\")) else { return Array(content) }
        var text: [UInt8] = []
        var units: [UInt16] = []
        var place = content.startIndex
        func flush() {
            text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
            units.removeAll()
        }
        while place < content.endIndex {
            guard content[place] == UInt8(ascii: "\\"), place + 1 < content.endIndex else {
                flush()
                text.append(content[place])
                place += 1
                continue
            }
            if content[place + 1] == UInt8(ascii: "u") {
                units.append(content[(place + 2)...].prefix(4).reduce(0) { $0 << 4 | UInt16(Hexadecimal.digit($1) ?? 0) })
                place += 6
            } else {
                flush()
                text.append(plainEscapes[content[place + 1]] ?? content[place + 1])
                place += 2
            }
        }
        flush()
        return text
    }

    /// Text as it stands between the quotes of a string.
    static func escaped(_ text: some Sequence<UInt8>) -> [UInt8] {
        var content: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): content += [UInt8(ascii: "\\"), byte]
            case 0x0A: content += Array("\\n".utf8)
            case 0x0D: content += Array("\\r".utf8)
            case 0x09: content += Array("\\t".utf8)
            case 0..<0x20: content += Array("\\u00".utf8) + [0x30 + (byte >> 4), digits[Int(byte & 0xF)]]
            default: content.append(byte)
            }
        }
        return content
    }

    /// What may stand behind a backslash, `u` apart, and what it means.
    static let plainEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "/"): UInt8(ascii: "/"),
        UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    private static let digits = Array("0123456789abcdef".utf8)
}
