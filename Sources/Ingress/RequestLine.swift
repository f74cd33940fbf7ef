/// The first line of a request (RFC 9112, 3), read strictly: single spaces, no tabs, nothing repaired.
struct RequestLine: Equatable {
    var method: String
    var target: RequestTarget
    var minorVersion: Int

    static func parse(_ line: UnsafeRawBufferPointer) -> Result<RequestLine, Refusal> {
        guard Bytes.first(Bytes.carriageReturn, in: line) == nil else { return .failure(.bareCarriageReturn) }
        guard let first = Bytes.first(Bytes.space, in: line), first > 0 else { return .failure(.malformedRequestLine) }
        let method = Bytes.slice(line, 0..<first)
        guard method.allSatisfy(Bytes.isToken) else { return .failure(.invalidMethod) }
        guard let second = Bytes.first(Bytes.space, in: line, from: first + 1), second > first + 1 else {
            return .failure(.malformedRequestLine)
        }
        let target = Bytes.slice(line, first + 1..<second)
        guard target.allSatisfy(Bytes.isVisible) else { return .failure(.invalidTarget) }
        switch minorVersion(Bytes.slice(line, second + 1..<line.count)) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let minor):
            let method = String(decoding: method, as: UTF8.self)
            return RequestTarget.parse(target, method: method).map { RequestLine(method: method, target: $0, minorVersion: minor) }
        }
    }

    /// What the first byte of a request tells already, before the line is whole: whether it can be a method at all.
    static func refusal(ofFirstByte byte: UInt8) -> Refusal? {
        switch byte {
        case Bytes.carriageReturn, Bytes.lineFeed: nil
        case Bytes.space, Bytes.tab: .malformedRequestLine
        case 0x16: .encrypted
        default: Bytes.isToken(byte) ? nil : .invalidMethod
        }
    }

    /// A later minor version is read as 1.1 (RFC 9110, 2.5).
    private static func minorVersion(_ bytes: UnsafeRawBufferPointer) -> Result<Int, Refusal> {
        guard Bytes.first(Bytes.space, in: bytes) == nil else { return .failure(.malformedRequestLine) }
        let name: StaticString = "HTTP/"
        let length = name.utf8CodeUnitCount
        guard bytes.count == length + 3, bytes[length + 1] == 0x2E, Bytes.isDigit(bytes[length]), Bytes.isDigit(bytes[length + 2])
        else { return .failure(.invalidVersion) }
        for place in 0..<length where bytes[place] != name.utf8Start[place] { return .failure(.invalidVersion) }
        guard bytes[length] == 0x31 else { return .failure(.unsupportedVersion) }
        return .success(bytes[length + 2] == 0x30 ? 0 : 1)
    }
}
