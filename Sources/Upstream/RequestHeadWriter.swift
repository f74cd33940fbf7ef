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
        let line = request.method.utf8.count + request.target.utf8.count + host.utf8.count + 128
        output.clear(reserving: line + headers.byteCount + 4 * headers.count + room)
        output.put(request.method)
        output.put(0x20)
        output.put(request.target)
        output.put(" HTTP/1.1\r\nHost: ")
        var isSound = writeHost(headers, else: host, to: output)
        headers.forEach { name, value in
            guard !isWrittenElsewhere(name) else { return }
            isSound = isSound && isField(name, value)
            output.put(name)
            if value.isEmpty { output.put(":\r\n") } else { put(value: value, to: output) }
        }
        switch framing {
        case .none: output.put("\r\n")
        case .chunked: output.put("Transfer-Encoding: chunked\r\n\r\n")
        case .sized(let size):
            output.put("Content-Length: ")
            output.put(decimal: size)
            output.put("\r\n\r\n")
        }
        return isSound
    }

    private static func put(value: UnsafeRawBufferPointer, to output: SendBuffer) {
        output.put(": ")
        output.put(value)
        output.put("\r\n")
    }

    private static func writeHost(_ headers: Headers, else host: String, to output: SendBuffer) -> Bool {
        var (isWritten, isSound) = (false, true)
        headers.forEach { name, value in
            guard !isWritten, name.count == 4, Headers.equal(name, "host") else { return }
            isWritten = true
            isSound = !FieldSyntax.breaksLine(value)
            output.put(value)
        }
        if !isWritten { output.put(host) }
        output.put("\r\n")
        return isSound
    }

    private static func isField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        !name.isEmpty && name.allSatisfy(FieldSyntax.isToken) && !FieldSyntax.breaksLine(value)
    }

    private static func isWrittenElsewhere(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4: Headers.equal(name, "host")
        case 6: Headers.equal(name, "expect")
        case 14: Headers.equal(name, "content-length")
        case 17: Headers.equal(name, "transfer-encoding")
        default: false
        }
    }
}
