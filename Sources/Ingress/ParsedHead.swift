internal import Exchange

/// A request's head with what its fields mean for the connection.
struct ParsedHead {
    var request: RequestHead
    /// The application waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool
    /// The application lets the connection go on after the answer.
    var persists: Bool
}

/// A head being read, field by field.
struct HeadBuilder {
    private(set) var request: RequestHead
    private let authority: String?
    private var facts = FieldFacts()

    /// - Parameter expectedBytes: a guess at the length of the fields, so that they are stored without growing. A body that came
    ///   with the head is in it, too: more than most heads need is not taken, since memory of a kilobyte and more costs most.
    init(_ line: RequestLine, expectedBytes: Int) {
        request = RequestHead(
            method: line.method, target: line.target.target, headers: Headers(), bodyLength: .none, minorVersion: line.minorVersion)
        authority = line.target.authority
        request.headers.reserve(fields: 16, bytes: min(max(expectedBytes, 256), 768))
    }

    /// Takes one field line, not empty and without its CRLF.
    mutating func take(line: UnsafeRawBufferPointer) -> Refusal? {
        switch FieldLine.parse(line) {
        case .failure(let refusal): return refusal
        case .success(let field):
            let name = Bytes.slice(line, 0..<field.nameLength)
            request.headers.append(name: name, value: field.value)
            return facts.note(name, field.value)
        }
    }

    /// The fields have come whole.
    mutating func finish() -> Result<ParsedHead, Refusal> {
        facts.bodyLength(minorVersion: request.minorVersion).map { length in
            request.bodyLength = length
            // RFC 9112, 3.2.2: the host of a URL in the request line stands in for the one that the Host field names.
            if let authority { request.headers.set("Host", authority) }
            return ParsedHead(
                request: request,
                // RFC 9110, 10.1.1: not from HTTP/1.0, and not where no body is to come.
                expectsContinue: facts.expectsContinue && request.minorVersion > 0 && length != .none,
                persists: facts.persists(minorVersion: request.minorVersion))
        }
    }
}
