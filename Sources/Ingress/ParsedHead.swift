internal import Exchange

/// A request's head with what its fields mean for the connection.
struct ParsedHead {
    let request: RequestHead
    /// The application waits for `100 Continue` before it sends the body.
    let expectsContinue: Bool
    /// The application lets the connection go on after the answer.
    let persists: Bool
}

/// A head being read, field by field.
struct HeadBuilder {
    private let line: RequestLine
    private var headers = Headers()
    private var facts = FieldFacts()

    /// - Parameter expectedBytes: a guess at the length of the fields, so that they are stored without growing. A body that came
    ///   with the head is in it, too: more than most heads need is not taken, since memory of a kilobyte and more costs most.
    init(_ line: RequestLine, expectedBytes: Int) {
        self.line = line
        headers.reserve(fields: 16, bytes: min(max(expectedBytes, 256), 768))
    }

    /// Takes one field line, not empty and without its CRLF.
    mutating func take(line: UnsafeRawBufferPointer) -> Refusal? {
        do throws(Refusal) {
            let field = try FieldLine.parse(line)
            let name = UnsafeRawBufferPointer(start: line.baseAddress, count: field.nameLength)
            headers.appendSound(name: name, value: field.value)
            return facts.note(name, field.value)
        } catch {
            return error
        }
    }

    /// What has come of the request.
    func request(_ bodyLength: BodyLength = .none, of client: String?) -> RequestHead {
        RequestHead(
            method: line.method, target: line.target.target, headers: headers, bodyLength: bodyLength, minorVersion: line.minorVersion,
            clientAddress: client)
    }

    /// The fields have come whole.
    mutating func finish(of client: String?) throws(Refusal) -> ParsedHead {
        let length = try facts.bodyLength(minorVersion: line.minorVersion)
        // RFC 9112, 3.2.2: the host of a URL in the request line stands in for the one that the Host field names.
        if let authority = line.target.authority { headers.set("Host", authority) }
        return ParsedHead(
            request: request(length, of: client),
            // RFC 9110, 10.1.1: not from HTTP/1.0, and not where no body is to come.
            expectsContinue: facts.expectsContinue && line.minorVersion > 0 && length != .none,
            persists: facts.persists(minorVersion: line.minorVersion))
    }
}
