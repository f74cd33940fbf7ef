internal import Exchange

/// A request's head as it goes over a connection of our own (RFC 9112, 3 and 5): the request line, `Host` first, then the
/// fields in their order, framing last.
enum RequestHeadWriter {
    enum Framing {
        case none
        case sized(Int)
        case chunked
    }

    /// Puts the head in place of what is in the buffer; false where a field holds a byte that would break its line.
    ///
    /// Framing is written here and `Expect` is Ingress's to answer: such fields are left out.
    ///
    /// - Parameters:
    ///   - host: for a request that has no `Host`.
    ///   - room: bytes for which there must be room behind the head.
    static func write(_ request: borrowing AttemptRequest, _ framing: Framing, host: String, room: Int, to output: SendBuffer) -> Bool {
        let headers = request.headers
        guard headers.isSound else { return false }
        let line = request.method.utf8.count + request.target.utf8.count + host.utf8.count + 128
        output.clear(reserving: line + headers.byteCount + 4 * headers.count + room)
        output.fill { room in
            var at = put(request.method, at: room)
            at = put(literal: " ", at: at)
            at = put(request.target, at: at)
            at = put(literal: " HTTP/1.1\r\nHost: ", at: at)
            at = putHost(headers, else: host, at: at)
            at = put(headers, at: at)
            return put(framing, at: at) - room
        }
        return true
    }

    private static func put(_ framing: Framing, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        switch framing {
        case .none: return put(literal: "\r\n", at: place)
        case .chunked: return put(literal: "Transfer-Encoding: chunked\r\n\r\n", at: place)
        case .sized(let size):
            let at = put(literal: "Content-Length: ", at: place)
            return put(literal: "\r\n\r\n", at: at + DecimalDigits.write(UInt64(clamping: size), to: at))
        }
    }

    private static func putHost(_ headers: Headers, else host: String, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var at = place
        headers.forEach { name, value in
            if at == place, Headers.equal(name, literal: "host") { at = put(literal: "\r\n", at: put(value, at: at)) }
        }
        return at == place ? put(literal: "\r\n", at: put(host, at: at)) : at
    }

    private static func put(_ headers: Headers, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var at = place
        headers.forEach { name, value in
            guard !isWrittenElsewhere(name) else { return }
            at = put(name, at: at)
            if value.isEmpty {
                at = put(literal: ":\r\n", at: at)
            } else {
                at = put(literal: ": ", at: at)
                at = put(value, at: at)
                at = put(literal: "\r\n", at: at)
            }
        }
        return at
    }

    @inline(__always)
    private static func put(_ bytes: UnsafeRawBufferPointer, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if let base = bytes.baseAddress { place.copyMemory(from: base, byteCount: bytes.count) }
        return place + bytes.count
    }

    @inline(__always)
    private static func put(literal text: StaticString, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), at: place)
    }

    private static func put(_ text: String, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if let end = text.utf8.withContiguousStorageIfAvailable({ put(UnsafeRawBufferPointer($0), at: place) }) { return end }
        return text.utf8.reduce(into: place) { at, byte in
            at.storeBytes(of: byte, as: UInt8.self)
            at += 1
        }
    }

    private static func isWrittenElsewhere(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4: Headers.equal(name, literal: "host")
        case 6: Headers.equal(name, literal: "expect")
        case 14: Headers.equal(name, literal: "content-length")
        case 17: Headers.equal(name, literal: "transfer-encoding")
        default: false
        }
    }
}
