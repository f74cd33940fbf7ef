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
    static func write(_ request: AttemptRequest, _ framing: Framing, host: String, room: Int, to output: SendBuffer) -> Bool {
        let headers = request.headers
        guard headers.isSound else { return false }
        let line = request.method.utf8.count + request.target.utf8.count + host.utf8.count + 128
        output.clear(reserving: line + headers.byteCount + 4 * headers.count + room)
        output.put(request.method)
        output.put(0x20)
        output.put(request.target)
        output.put(" HTTP/1.1\r\nHost: ")
        writeHost(headers, else: host, to: output)
        write(headers, to: output)
        switch framing {
        case .none: output.put("\r\n")
        case .chunked: output.put("Transfer-Encoding: chunked\r\n\r\n")
        case .sized(let size):
            output.put("Content-Length: ")
            output.put(decimal: size)
            output.put("\r\n\r\n")
        }
        return true
    }

    private static func writeHost(_ headers: Headers, else host: String, to output: SendBuffer) {
        var isWritten = false
        headers.forEach { name, value in
            guard !isWritten, Headers.equal(name, literal: "host") else { return }
            isWritten = true
            output.put(value)
        }
        if !isWritten { output.put(host) }
        output.put("\r\n")
    }

    private static func write(_ headers: Headers, to output: SendBuffer) {
        output.fill { room in
            var at = room
            headers.forEach { name, value in
                guard !isWrittenElsewhere(name) else { return }
                at = put(name, at: at)
                at.storeBytes(of: 0x3A, as: UInt8.self)
                at += 1
                if !value.isEmpty {
                    at.storeBytes(of: 0x20, as: UInt8.self)
                    at = put(value, at: at + 1)
                }
                at.storeBytes(of: 0x0D, as: UInt8.self)
                (at + 1).storeBytes(of: 0x0A, as: UInt8.self)
                at += 2
            }
            return at - room
        }
    }

    @inline(__always)
    private static func put(_ bytes: UnsafeRawBufferPointer, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if let base = bytes.baseAddress { place.copyMemory(from: base, byteCount: bytes.count) }
        return place + bytes.count
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
