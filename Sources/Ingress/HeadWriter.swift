internal import Exchange
internal import NIOCore

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

    /// The version is our own, whatever the application's (RFC 9110, 6.2).
    static func writeStatusLine(_ status: Int, to output: inout ByteBuffer) {
        // A status that has not three digits can't be written; it can't have been an upstream's either.
        let status = (100..<1000).contains(status) ? status : 502
        output.writeStaticString("HTTP/1.1 ")
        output.writeInteger(UInt8(0x30 + status / 100))
        output.writeInteger(UInt8(0x30 + status / 10 % 10))
        output.writeInteger(UInt8(0x30 + status % 10))
        output.writeStaticString(" ")
        output.writeStaticString(ReasonPhrase.of(status))
        output.writeStaticString("\r\n")
    }

    /// Writes all fields in order, byte for byte, but for those that say how this connection frames and persists, which
    /// are the writer's own, and those that would break the head's lines.
    static func writeFields(
        _ headers: Headers, length: LengthField, to output: inout ByteBuffer
    ) -> (date: Bool, length: Bool) {
        var seen = (date: false, length: false)
        headers.forEach { name, value in
            switch name.count {
            case 4 where Headers.equal(name, "date"): seen.date = true
            case 10 where Headers.equal(name, "connection"), 10 where Headers.equal(name, "keep-alive"): return
            case 14 where Headers.equal(name, "content-length"):
                guard !seen.length, allows(length, value) else { return }
                seen.length = true
            case 17 where Headers.equal(name, "transfer-encoding"): return
            default: break
            }
            writeField(name, value, to: &output)
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

    private static func writeField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, to output: inout ByteBuffer) {
        guard !name.isEmpty, isOneLine(name), isOneLine(value) else { return }
        output.writeBytes(name)
        output.writeStaticString(": ")
        output.writeBytes(value)
        output.writeStaticString("\r\n")
    }

    private static func isOneLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        Bytes.first(Bytes.lineFeed, in: bytes) == nil && Bytes.first(Bytes.carriageReturn, in: bytes) == nil
            && Bytes.first(0, in: bytes) == nil
    }

    static func writeLength(_ length: Int, to output: inout ByteBuffer) {
        output.writeStaticString("content-length: ")
        writeDecimal(length, to: &output)
        output.writeStaticString("\r\n")
    }

    static func writeDate(_ now: WallTime, to output: inout ByteBuffer) {
        output.writeStaticString("date: ")
        HTTPDate.write(now, to: &output)
        output.writeStaticString("\r\n")
    }

    static func writeDecimal(_ number: Int, to output: inout ByteBuffer) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.writeInteger(UInt8(0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}
