internal import Exchange

/// What a request's fields say about its framing and its connection, noted while they are read.
struct FieldFacts {
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    private(set) var expectsContinue = false
    private var hosts = 0
    private var lengths = 0
    private var length = 0
    private var hasCoding = false
    private var codings = 0
    private var chunkedCodings = 0
    private var lastIsChunked = false

    /// Notes one field; a refusal where the field alone is enough for one.
    mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Refusal? {
        // Few names are of interest, and their lengths tell them apart from most others.
        switch name.count {
        case 4 where Headers.equal(name, literal: "host"): noteHost(value)
        case 6 where Headers.equal(name, literal: "expect"): noteExpectation(value)
        case 10 where Headers.equal(name, literal: "connection"): noteConnection(value)
        case 14 where Headers.equal(name, literal: "content-length"): noteLength(value)
        case 17 where Headers.equal(name, literal: "transfer-encoding"): noteCodings(value)
        default: nil
        }
    }

    private mutating func noteHost(_ value: UnsafeRawBufferPointer) -> Refusal? {
        hosts += 1
        guard hosts == 1 else { return .severalHosts }
        return Authority.isValid(value) ? nil : .invalidHost
    }

    private mutating func noteExpectation(_ value: UnsafeRawBufferPointer) -> Refusal? {
        guard Headers.equal(value, literal: "100-continue") else { return .unknownExpectation }
        expectsContinue = true
        return nil
    }

    private mutating func noteConnection(_ value: UnsafeRawBufferPointer) -> Refusal? {
        Bytes.forEachElement(of: value) { option in
            if Headers.equal(option, literal: "close") { saysClose = true }
            if Headers.equal(option, literal: "keep-alive") { saysKeepAlive = true }
        }
        return nil
    }

    private mutating func noteLength(_ value: UnsafeRawBufferPointer) -> Refusal? {
        lengths += 1
        guard lengths == 1 else { return .severalLengths }
        guard let number = FieldFacts.decimal(value) else { return .invalidLength }
        length = number
        return nil
    }

    private mutating func noteCodings(_ value: UnsafeRawBufferPointer) -> Refusal? {
        hasCoding = true
        Bytes.forEachElement(of: value) { coding in
            codings += 1
            lastIsChunked = Headers.equal(coding, literal: "chunked")
            if lastIsChunked { chunkedCodings += 1 }
        }
        return nil
    }

    /// The length of the body that the head announces (RFC 9112, 6), or why the request can't be taken.
    func bodyLength(minorVersion: Int) throws(Refusal) -> BodyLength {
        if hosts == 0, minorVersion > 0 { throw .missingHost }
        guard hasCoding else { return lengths == 0 || length == 0 ? .none : .sized(length) }
        if lengths > 0 { throw .lengthAndCoding }
        if minorVersion == 0 { throw .codingInHTTP10 }
        if chunkedCodings > 1 { throw .chunkedRepeated }
        guard lastIsChunked else { throw .chunkedNotLast }
        guard codings == 1 else { throw .unknownCoding }
        return .unknown
    }

    /// Whether the connection may go on after the answer (RFC 9112, 9.3).
    func persists(minorVersion: Int) -> Bool {
        saysClose ? false : minorVersion > 0 || saysKeepAlive
    }

    /// 1*DIGIT that fits into 63 bits.
    static func decimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard !bytes.isEmpty else { return nil }
        var number = 0
        for byte in bytes {
            guard Bytes.isDigit(byte) else { return nil }
            let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int(byte - 0x30))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }
}
