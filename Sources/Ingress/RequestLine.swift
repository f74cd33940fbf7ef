internal import Exchange

/// The first line of a request (RFC 9112, 3), read strictly: single spaces, no tabs, nothing repaired.
struct RequestLine: Equatable {
    var method: String
    var target: RequestTarget
    var minorVersion: Int

    static func parse(_ line: UnsafeRawBufferPointer) throws(Refusal) -> RequestLine {
        guard Bytes.first(Bytes.carriageReturn, in: line) == nil else { throw .bareCarriageReturn }
        guard let first = Bytes.first(Bytes.space, in: line), first > 0 else { throw .malformedRequestLine }
        let method = Bytes.slice(line, 0..<first)
        guard Token.isWhole(method) else { throw .invalidMethod }
        guard let second = Bytes.first(Bytes.space, in: line, from: first + 1), second > first + 1 else { throw .malformedRequestLine }
        let target = Bytes.slice(line, first + 1..<second)
        guard Bytes.areVisible(target) else { throw .invalidTarget }
        let minor = try minorVersion(Bytes.slice(line, second + 1..<line.count))
        let name = text(ofMethod: method)
        return RequestLine(method: name, target: try RequestTarget.parse(target, method: name), minorVersion: minor)
    }

    /// The two most common methods are known as they are: no text has to be made for them.
    private static func text(ofMethod method: UnsafeRawBufferPointer) -> String {
        switch method.count {
        case 3 where Bytes.equal(method, "GET"): "GET"
        case 4 where Bytes.equal(method, "POST"): "POST"
        default: String(decoding: method, as: UTF8.self)
        }
    }

    /// What the first byte of a request tells already, before the line is whole: whether it can be a method at all.
    static func refusal(ofFirstByte byte: UInt8) -> Refusal? {
        switch byte {
        case Bytes.carriageReturn, Bytes.lineFeed: nil
        case Bytes.space, Bytes.tab: .malformedRequestLine
        case 0x16: .encrypted
        default: Token.contains(byte) ? nil : .invalidMethod
        }
    }

    /// A later minor version is read as 1.1 (RFC 9110, 2.5).
    private static func minorVersion(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        guard Bytes.first(Bytes.space, in: bytes) == nil else { throw .malformedRequestLine }
        guard bytes.count == 8, bytes[6] == 0x2E, Bytes.isDigit(bytes[5]), Bytes.isDigit(bytes[7]),
            Bytes.equal(Bytes.slice(bytes, 0..<5), "HTTP/")
        else { throw .invalidVersion }
        guard bytes[5] == 0x31 else { throw .unsupportedVersion }
        return bytes[7] == 0x30 ? 0 : 1
    }
}
