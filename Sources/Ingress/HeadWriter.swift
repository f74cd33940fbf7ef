internal import Exchange

/// The lines of an answer's head.
enum HeadWriter {
    /// Which `Content-Length` among the answer's fields is written.
    enum LengthField: Equatable {
        case never
        /// The first one that is a number.
        case any
        /// The first one that says just this; any other contradicts the framing.
        case only(Int)
    }

    /// Bytes that a head takes at most: its fields, and beside them the status line and the writer's own fields.
    static func room(for headers: Headers) -> Int { headers.byteCount + 4 * headers.count + 256 }

    /// The version is our own, whatever the application's (RFC 9110, 6.2).
    static func writeStatusLine(_ status: Int, to head: inout HeadBytes) {
        // A status that has not three digits can't be written; it can't have been an upstream's either.
        let status = (100..<1000).contains(status) ? status : 502
        guard status != 200 else { return head.put("HTTP/1.1 200 OK\r\n") }
        head.put("HTTP/1.1 ")
        head.put(UInt8(0x30 + status / 100))
        head.put(twoDigits: status % 100)
        head.put(Bytes.space)
        head.put(ReasonPhrase.of(status))
        head.put("\r\n")
    }

    /// Writes all fields in order, byte for byte, but for those that say how this connection frames and persists, which
    /// are the writer's own, and those that would break the head's lines.
    static func writeFields(_ headers: Headers, length: LengthField, to head: inout HeadBytes) -> (date: Bool, length: Bool) {
        var seen = (date: false, length: false)
        let areSound = headers.isSound
        headers.forEach { name, value in
            switch name.count {
            case 4 where Headers.equal(name, literal: "date"): seen.date = true
            case 10 where Headers.equal(name, literal: "connection"), 10 where Headers.equal(name, literal: "keep-alive"): return
            case 14 where Headers.equal(name, literal: "content-length"):
                guard !seen.length, allows(length, value) else { return }
                seen.length = true
            case 17 where Headers.equal(name, literal: "transfer-encoding"): return
            default: break
            }
            guard areSound || !name.isEmpty && !FieldText.breaksLine(name) && !FieldText.breaksLine(value) else { return }
            head.put(name)
            head.put(": ")
            head.put(value)
            head.put("\r\n")
        }
        return seen
    }

    private static func allows(_ length: LengthField, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let number = FieldFacts.decimal(value) else { return false }
        switch length {
        case .never: return false
        case .any: return true
        case .only(let expected): return number == expected
        }
    }

    static func writeLength(_ length: Int, to head: inout HeadBytes) {
        head.put("content-length: ")
        head.put(decimal: length)
        head.put("\r\n")
    }

    static func writeDate(_ now: WallTime, to head: inout HeadBytes) {
        head.put("date: ")
        HTTPDate.write(now, to: &head)
        head.put("\r\n")
    }
}
