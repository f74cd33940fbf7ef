internal import Exchange

/// Every reason for which Ingress itself answers a request: one case for each rule of RFC 9112 and each bound.
enum Refusal: String, Error, CaseIterable, Sendable {
    // The request line.
    case emptyLines, malformedRequestLine, invalidMethod, invalidTarget, fragmentInTarget, invalidTargetForm, starTarget
    case invalidAuthority, connect, invalidVersion, unsupportedVersion, encrypted, targetTooLong
    // Lines and fields.
    case bareLineFeed, bareCarriageReturn, foldedField, blankBeforeColon, emptyName, invalidName, missingColon, invalidValue
    case headTooLarge, tooManyFields
    // What fields say.
    case missingHost, severalHosts, invalidHost, unknownExpectation
    case lengthAndCoding, severalLengths, invalidLength, codingInHTTP10, chunkedNotLast, chunkedRepeated, unknownCoding
    // The body.
    case bodyTooLarge, invalidChunkSize, invalidChunkExtension, chunkLineTooLong, tooMuchChunkOverhead, missingChunkEnd
    // Time and number.
    case headTimeout, bodyTimeout, endedInHead, tooManyConnections

    var status: Int {
        switch self {
        case .headTimeout, .bodyTimeout: 408
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .unknownExpectation: 417
        case .headTooLarge, .tooManyFields: 431
        case .connect, .unknownCoding: 501
        case .tooManyConnections: 503
        case .unsupportedVersion: 505
        default: 400
        }
    }

    var problem: Problem {
        switch self {
        case .tooManyConnections:
            Problem(
                status: status, errorClass: .rateLimited, proxyError: "connection_limit_reached", detail: detail, retryAfter: 1)
        case .bodyTooLarge: .badRequest(status, detail, errorClass: .bodyTooLarge)
        default: .badRequest(status, detail)
        }
    }

    /// One sentence: what is wrong and what to change.
    var detail: String {
        switch self {
        case .emptyLines: "More than one empty line stands before the request line: send none."
        case .malformedRequestLine: "The request line is not a method, a target and HTTP/1.1 with one space between them."
        case .invalidMethod: "The method holds a byte that is no token character: use letters, as in GET."
        case .invalidTarget: "The request target holds a byte other than visible ASCII: percent-encode it."
        case .fragmentInTarget: "The request target holds a #: leave the fragment away or percent-encode it as %23."
        case .invalidTargetForm: "The request target is neither a path that begins with / nor an http:// URL."
        case .starTarget: "The request target * goes with OPTIONS alone: send a path."
        case .invalidAuthority: "The URL in the request line names no valid host and port, or a user: send host and port alone."
        case .connect: "CONNECT is not served: give pantograph's address as the base URL, not as an HTTP proxy."
        case .invalidVersion: "The request line does not end in an HTTP version: end it with HTTP/1.1."
        case .unsupportedVersion: "This version of HTTP is not spoken here: use HTTP/1.1."
        case .encrypted: "These bytes look like TLS, and plain HTTP is spoken here: use http:// in the base URL."
        case .targetTooLong: "The request line is longer than limits.headers.bytes: shorten the target or raise the bound."
        case .bareLineFeed: "A line ends in a line feed without a carriage return: end every line in CRLF."
        case .bareCarriageReturn: "A carriage return stands without a line feed: use both, and only to end a line."
        case .foldedField: "A header line begins with a blank: write each header field on one line."
        case .blankBeforeColon: "A blank stands between a header's name and its colon: remove it."
        case .emptyName: "A header line has no name before its colon."
        case .invalidName: "A header's name holds a byte that is no token character."
        case .missingColon: "A header line has no colon."
        case .invalidValue: "A header's value holds a control byte: remove or encode it."
        case .headTooLarge: "The header fields together are longer than limits.headers.bytes: shorten them or raise the bound."
        case .tooManyFields: "There are more header fields than limits.headers.count: send fewer or raise the bound."
        case .missingHost: "The Host header is missing, which HTTP/1.1 demands."
        case .severalHosts: "There is more than one Host header: send one."
        case .invalidHost: "The Host header is not a host with an optional port."
        case .unknownExpectation: "The Expect header asks for something other than 100-continue."
        case .lengthAndCoding: "Content-Length and Transfer-Encoding are both there: send one of them."
        case .severalLengths: "There is more than one Content-Length: send one."
        case .invalidLength: "Content-Length is not a decimal number that 63 bits can hold."
        case .codingInHTTP10: "Transfer-Encoding is not part of HTTP/1.0: send Content-Length or use HTTP/1.1."
        case .chunkedNotLast: "The last transfer coding is not chunked, so the body has no known end: send chunked alone."
        case .chunkedRepeated: "The transfer coding chunked is named more than once: send it once."
        case .unknownCoding: "A transfer coding other than chunked is not understood here: send chunked alone."
        case .bodyTooLarge: "The body is longer than limits.body: send less or raise the bound."
        case .invalidChunkSize: "A chunk's size is not a hexadecimal number of at most 16 digits that 63 bits can hold."
        case .invalidChunkExtension: "What follows a chunk's size is not a well-formed chunk extension: leave it away."
        case .chunkLineTooLong: "The line of a chunk's size is longer than 1024 bytes: leave its extensions away."
        case .tooMuchChunkOverhead: "The chunks carry far more extensions and framing than data: send larger chunks."
        case .missingChunkEnd: "A chunk's data is not followed by CRLF: its size does not match its data."
        case .headTimeout: "The request's head did not come whole within limits.header_timeout."
        case .bodyTimeout: "Nothing of the request's body came for limits.body_timeout."
        case .endedInHead: "The connection's sending side was closed in the middle of a request's head."
        case .tooManyConnections: "As many connections are open as limits.connections allows: reuse connections or raise the bound."
        }
    }
}
