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
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: headers.byteCount + 4 * headers.count) { room in
            guard var at = room.baseAddress else { return 0 }
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
                guard !name.isEmpty, isOneLine(name), isOneLine(value) else { return }
                at = put(name, 0x3A, 0x20, at: at)
                at = put(value, 0x0D, 0x0A, at: at)
            }
            return room.baseAddress.map { at - $0 } ?? 0
        }
        return seen
    }

    /// Writes the bytes and two more behind them.
    @inline(__always)
    private static func put(
        _ bytes: UnsafeRawBufferPointer, _ first: UInt8, _ second: UInt8, at place: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if let base = bytes.baseAddress { place.copyMemory(from: base, byteCount: bytes.count) }
        let end = place + bytes.count
        end.storeBytes(of: first, as: UInt8.self)
        (end + 1).storeBytes(of: second, as: UInt8.self)
        return end + 2
    }

    private static func allows(_ length: LengthField, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let number = FieldFacts.decimal(value) else { return false }
        switch length {
        case .never: return false
        case .any: return true
        case .only(let expected): return number == expected
        }
    }

    private static func isOneLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Without a way out of the loop, the compiler makes it one for many bytes at once.
        var breaks = false
        for byte in bytes { breaks = breaks || byte == Bytes.lineFeed || byte == Bytes.carriageReturn || byte == 0 }
        return !breaks
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
