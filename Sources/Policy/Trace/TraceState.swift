/// The `tracestate` fields of one request, joined (W3C Trace Context Level 2, 3.3): add each field in order, then take `text`.
///
/// A member that breaks the grammar, or a 33rd, makes the whole of it worthless and it is dropped (4.3: it MAY be). Of several
/// members with one key the first is kept, since new ones are put in front, and the others are dropped (3.5: they MAY be).
struct TraceState {
    /// Bytes sent on at most. 512 at least SHOULD be; the grammar allows 16,447.
    static let limit = 8192
    static let maxMembers = 32
    private static let maxKey = 256
    private static let maxValue = 256
    /// A member longer than this goes first when the text must be cut (3.3.1.5).
    private static let longMember = 128

    private var bytes: [UInt8] = []
    /// Those dropped for a key that was there already included.
    private var seen = 0
    private var members: [Member] = []
    private var isValid = true

    private struct Member {
        var start: Int
        var keyEnd: Int
        var end: Int
        var count: Int { end - start }
    }

    /// Adds one field's list. Empty members, and white space around members, are allowed and not sent on.
    mutating func add(_ field: UnsafeRawBufferPointer) {
        var start = 0
        while isValid, start <= field.count {
            var end = start
            while end < field.count, field[end] != TraceState.comma { end += 1 }
            add(member: OptionalWhitespace.trimmed(UnsafeRawBufferPointer(rebasing: field[start..<end])))
            start = end + 1
        }
    }

    private mutating func add(member: UnsafeRawBufferPointer) {
        guard !member.isEmpty else { return }
        guard let keyLength = TraceState.keyLength(of: member) else { return isValid = false }
        seen += 1
        guard seen <= TraceState.maxMembers else { return isValid = false }
        guard !hasKey(UnsafeRawBufferPointer(rebasing: member[..<keyLength])) else { return }
        members.append(Member(start: bytes.count, keyEnd: bytes.count + keyLength, end: bytes.count + member.count))
        bytes.append(contentsOf: member)
    }

    private func hasKey(_ key: UnsafeRawBufferPointer) -> Bool {
        members.contains { bytes[$0.start..<$0.keyEnd].elementsEqual(key) }
    }

    /// The length of the key of a member that follows the grammar; nil for one that does not.
    private static func keyLength(of member: UnsafeRawBufferPointer) -> Int? {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let (key, value) = (member[..<equals], member[(equals + 1)...])
        guard let first = key.first, isLowerAlphanumeric(first), key.count <= maxKey, key.allSatisfy(isKeyByte),
            !value.isEmpty, value.count <= maxValue, value.allSatisfy(isValueByte)
        else { return nil }
        return equals
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "@"): true
        default: isLowerAlphanumeric(byte)
        }
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != comma && byte != UInt8(ascii: "=")
    }

    private static let comma = UInt8(ascii: ",")

    /// The members in their order, joined by commas; empty where there is none or one was not valid.
    ///
    /// What is longer than `limit` loses whole members: the long ones first, then any, each time from the end.
    func text(limit: Int = TraceState.limit) -> String {
        guard isValid, !members.isEmpty else { return "" }
        let kept = TraceState.cut(members, to: limit)
        let length = kept.reduce(0) { $0 + $1.count + 1 } - 1
        guard length > 0 else { return "" }
        return String(unsafeUninitializedCapacity: length) { target in
            var end = 0
            for member in kept {
                if end > 0 {
                    target[end] = TraceState.comma
                    end += 1
                }
                end = target[end...].update(fromContentsOf: bytes[member.start..<member.end])
            }
            return end
        }
    }

    private static func cut(_ members: [Member], to limit: Int) -> [Member] {
        var excess = members.reduce(-1) { $0 + $1.count + 1 } - limit
        guard excess > 0 else { return members }
        var kept = members
        for length in [longMember, 0] {
            for place in kept.indices.reversed() where excess > 0 && kept[place].count > length {
                excess -= kept[place].count + 1
                kept.remove(at: place)
            }
        }
        return kept
    }
}
