internal import Exchange

/// Reads the lines of an answer's heads, as libcurl hands them over one by one, into heads. Pure: no libcurl, no clock.
///
/// A field section that could be read two ways is refused rather than passed on (RFC 9112, 5 and 6.3), since what comes
/// after this proxy might read it the other way.
struct AnswerReader {
    /// Bounds over all heads of one answer, interim ones included, so that no upstream can make a queue of them.
    static let maximumLines = 256
    static let maximumBytes = 256 * 1024

    private static let brokenValue = "a field value of the answer's head holds a bare carriage return or a zero byte"
    static let noStatusLine = "the answer does not begin with a status line"
    static var tooLarge: Failure {
        Failure(.protocol, "the answer's head is larger than \(maximumLines) fields or \(maximumBytes) bytes")
    }

    enum Step {
        case more
        /// An interim head (1xx) is complete; another follows.
        case interim(AnswerHead)
        /// The final head is complete. Lines that come after it are trailers, which are dropped.
        case final(AnswerHead)
        case refused(String)
    }

    private enum Phase { case statusLine, fields, trailers }

    /// Whether fields are kept; without, heads come without them, and everything else is the same.
    private let keepsFields: Bool
    /// Whether the method is HEAD, whose answer has the length of a body but no body.
    private let isHead: Bool
    /// Whether only HTTP/1.1 and HTTP/1.0 may answer: where the framing is read here.
    private let onlyHTTP1: Bool
    private var phase = Phase.statusLine
    private var headers = Headers()
    private var lines = 0
    private var bytes = 0
    private var fields = 0
    private var framing = Framing()

    /// The status of the head that is being read, or was read last.
    private(set) var status: Int?
    /// "1.1", "2"; nil before the first status line.
    private(set) var version: String?
    /// What `Retry-After` said in the final head.
    private(set) var retryAfter: String?
    /// What the final head said of a quota; nil where it has no field of one.
    private(set) var quota: QuotaFields?

    init(keepsFields: Bool, isHead: Bool, onlyHTTP1: Bool = false) {
        self.keepsFields = keepsFields
        self.isHead = isHead
        self.onlyHTTP1 = onlyHTTP1
    }

    /// Whether bytes that hold no end of a line yet can still become what is due.
    func mayBegin(with bytes: UnsafeRawBufferPointer) -> Bool {
        guard phase == .statusLine else { return true }
        let due: StaticString = "HTTP/"
        for place in 0..<min(bytes.count, due.utf8CodeUnitCount) where bytes[place] != due.utf8Start[place] { return false }
        return true
    }

    /// Whether the final head's status line has come.
    var hasFinalStatus: Bool { (status ?? 0) >= 200 }
    var isComplete: Bool { phase == .trailers }
    /// Whether the answer has none whatever its fields say.
    var hasNoBody: Bool { isHead || status == 204 || status == 304 }
    /// Whether so many bytes are surely all of the body.
    func isWhole(bodyBytes: Int) -> Bool {
        guard isComplete, !hasNoBody else { return isComplete }
        if case .sized(bodyBytes) = framing.bodyLength { return true }
        return false
    }
    /// Whether the body comes in chunks.
    var isChunked: Bool { framing.isEncoded }
    /// Whether the connection may go on after the answer (RFC 9112, 9.3 and 6.1).
    var persists: Bool {
        guard !framing.isAmbiguous else { return false }
        return version == "1.1" ? !framing.saysClose : framing.saysKeepAlive && !framing.isEncoded
    }

    /// - Parameter line: one line with its end.
    mutating func read(_ line: UnsafeRawBufferPointer) -> Step {
        guard phase != .trailers else { return .more }
        lines += 1
        bytes += line.count
        guard lines <= Self.maximumLines + 2, bytes <= Self.maximumBytes else {
            return .refused(Self.tooLarge.detail)
        }
        let content = Self.withoutEnd(line)
        let reason: String?
        if phase == .statusLine {
            reason = readStatus(content)
        } else if let first = content.first {
            reason = FieldSyntax.isBlank(first) ? readFolded(content) : readField(content)
        } else {
            return endHead()
        }
        return reason.map { .refused($0) } ?? .more
    }

    private static func withoutEnd(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var end = line.count
        if end > 0, line[end - 1] == 0x0A { end -= 1 }
        if end > 0, line[end - 1] == 0x0D { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: line[..<end])
    }

    // MARK: The status line. What reads a line returns why the head must be refused, if so.

    /// `HTTP/1.1 200 OK`; of HTTP/2 libcurl makes `HTTP/2 200`.
    private mutating func readStatus(_ line: UnsafeRawBufferPointer) -> String? {
        var space = 5
        while space < line.count, line[space] != 0x20 { space += 1 }
        guard mayBegin(with: line), line.count >= space + 4, line.count == space + 4 || line[space + 4] == 0x20 else {
            return Self.noStatusLine
        }
        var status = 0
        for place in space + 1..<space + 4 {
            let digit = line[place]
            guard digit &- 0x30 < 10 else { return "the answer's status is not a number" }
            status = status * 10 + Int(digit - 0x30)
        }
        guard status >= 100 else { return "the answer's status is \(status)" }
        guard status != 101 else { return "the upstream changed protocols, which was not asked for" }
        let version = Self.version(UnsafeRawBufferPointer(rebasing: line[5..<space]))
        guard !onlyHTTP1 || version == "1.1" || version == "1.0" else { return "the answer is of HTTP/\(version)" }
        // As much as most heads need, at once.
        if keepsFields { headers.reserve(fields: 16, bytes: 512) }
        self.version = version
        self.status = status
        phase = .fields
        return nil
    }

    private static func version(_ text: UnsafeRawBufferPointer) -> String {
        if Headers.equal(text, literal: "1.1") { return "1.1" }
        return text.first == 0x32 ? "2" : String(decoding: text, as: UTF8.self)
    }

    // MARK: Fields

    private mutating func readField(_ line: UnsafeRawBufferPointer) -> String? {
        let end = Token.length(atFrontOf: line)
        var colon = end
        // A proxy removes whitespace between name and colon (RFC 9112, 5.1).
        while colon < line.count, FieldSyntax.isBlank(line[colon]) { colon += 1 }
        guard end > 0, colon < line.count, line[colon] == 0x3A else { return Self.brokenName(line) }
        let name = UnsafeRawBufferPointer(rebasing: line[..<end])
        let value = FieldSyntax.trimmed(UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]))
        // Of the bytes that break a line only two can stand in one.
        guard !FieldText.breaksLine(value) else { return Self.brokenValue }
        if let reason = note(name, value) { return reason }
        fields += 1
        if keepsFields { headers.appendSound(name: name, value: value) }
        return nil
    }

    private static func brokenName(_ line: UnsafeRawBufferPointer) -> String {
        guard line.contains(0x3A) else { return "a field of the answer's head has no colon" }
        return "a field name of the answer's head holds a character that it may not"
    }

    /// Nearly every field that means nothing here is told by its first letter and its length.
    private mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> String? {
        framing.isLast = false
        switch name[0] | 0x20 {
        case UInt8(ascii: "c"):
            if Headers.equal(name, literal: "content-length") { return framing.noteLength(value) }
            if Headers.equal(name, literal: "connection") { framing.noteConnection(value) }
        case UInt8(ascii: "t"):
            if Headers.equal(name, literal: "transfer-encoding") { framing.noteEncoding() }
        case UInt8(ascii: "r"), UInt8(ascii: "x"):
            if Headers.equal(name, literal: "retry-after") { retryAfter = String(decoding: value, as: UTF8.self) }
            guard let field = QuotaFields.Field(name) else { break }
            if quota == nil { quota = QuotaFields() }
            quota?.note(field, value)
        default: break
        }
        return nil
    }

    /// A continuation of the field before (RFC 9112, 5.2): joined with a space.
    private mutating func readFolded(_ line: UnsafeRawBufferPointer) -> String? {
        guard fields > 0 else { return "the answer's head begins with white space" }
        // libcurl does not unfold, so it would frame the body by another value than the one passed on.
        guard !framing.isLast else { return "the field that frames the answer's body is folded" }
        let more = FieldSyntax.trimmed(line)
        guard !FieldText.breaksLine(more) else { return Self.brokenValue }
        if keepsFields { headers = Self.folded(headers, more) }
        return nil
    }

    private static func folded(_ headers: Headers, _ more: UnsafeRawBufferPointer) -> Headers {
        var result = Headers()
        var place = 0
        headers.forEach { name, value in
            place += 1
            guard place == headers.count else { return result.append(name: name, value: value) }
            let joined = value.isEmpty ? Array(more) : Array(value) + [0x20] + Array(more)
            joined.withUnsafeBytes { result.append(name: name, value: $0) }
        }
        return result
    }

    // MARK: The end of a head

    private mutating func endHead() -> Step {
        let status = status ?? 0
        let isInterim = status < 200
        var head = AnswerHead(status: status, headers: Headers(), bodyLength: .none)
        swap(&head.headers, &headers)
        fields = 0
        guard !isInterim else {
            framing = Framing()
            phase = .statusLine
            retryAfter = nil
            quota = nil
            return .interim(head)
        }
        phase = .trailers
        if !isHead, status != 204, status != 304 { head.bodyLength = framing.bodyLength }
        // Both: chunks it is, and the length must not be passed on (RFC 9112, 6.3).
        if framing.isEncoded { head.headers.remove("content-length") }
        return .final(head)
    }
}

/// What the fields of a head say of where the body ends (RFC 9112, 6.3).
private struct Framing {
    private var length: Int?
    private(set) var isEncoded = false
    /// Whether the field noted last is one of those that frame.
    var isLast = false
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    /// Both a length and chunks: what stands between may have read it the other way.
    var isAmbiguous: Bool { isEncoded && length != nil }

    var bodyLength: BodyLength {
        if isEncoded { return .unknown }
        return length.map { .sized($0) } ?? .unknown
    }

    mutating func noteEncoding() {
        isLast = true
        isEncoded = true
    }

    mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
        // Nearly always there is one option, and it is this.
        guard !Headers.equal(value, literal: "keep-alive") else { return saysKeepAlive = true }
        FieldSyntax.forEachElement(of: value) { option in
            if Headers.equal(option, literal: "close") { saysClose = true }
            if Headers.equal(option, literal: "keep-alive") { saysKeepAlive = true }
        }
    }

    /// One number, or the same number several times, in one field or in many.
    ///
    /// - Returns: why the head must be refused, if so.
    mutating func noteLength(_ value: UnsafeRawBufferPointer) -> String? {
        isLast = true
        if length == nil, let number = Self.number(value) {
            length = number
            return nil
        }
        var reason: String?
        FieldSyntax.forEachElement(of: value) { part in
            guard let number = Self.number(part) else { return reason = "the answer's Content-Length is not a number" }
            if let length, length != number { reason = "the answer has two Content-Lengths" }
            length = number
        }
        return reason
    }

    /// 1*DIGIT that fits into 63 bits.
    private static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for place in 0..<digits.count {
            let digit = digits[place]
            guard digit &- 0x30 < 10 else { return nil }
            let (scaled, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carried) = scaled.addingReportingOverflow(Int(digit - 0x30))
            guard !overflow, !carried else { return nil }
            number = sum
        }
        return number
    }
}
