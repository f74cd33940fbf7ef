package import NIOCore

/// An error that pantograph itself answers with: `application/problem+json` (RFC 9457) and `Proxy-Status` (RFC 9209), so
/// that an application can tell pantograph's word from an upstream's.
package struct Problem: Sendable, Error {
    package var status: Int
    package var errorClass: ErrorClass
    /// RFC 9209, 2.3: the registered name of the proxy error.
    package var proxyError: String
    /// One sentence: what happened and what to change. Never a secret.
    package var detail: String
    package var upstream: String?
    package var exchangeID: ExchangeID?
    package var traceID: TraceID?
    /// Seconds for `Retry-After`.
    package var retryAfter: Int?

    package init(
        status: Int, errorClass: ErrorClass, proxyError: String, detail: String, upstream: String? = nil,
        exchangeID: ExchangeID? = nil, traceID: TraceID? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.errorClass = errorClass
        self.proxyError = proxyError
        self.detail = detail
        self.upstream = upstream
        self.exchangeID = exchangeID
        self.traceID = traceID
        self.retryAfter = retryAfter
    }

    /// The problem of a request that can't be read one way only, or breaks a bound: the application's to mend.
    package static func badRequest(_ status: Int = 400, _ detail: String, errorClass: ErrorClass = .protocol) -> Problem {
        Problem(status: status, errorClass: errorClass, proxyError: "http_request_error", detail: detail)
    }

    /// The problem of a primary's call that ended without an answer to pass on.
    package static func upstream(_ name: String, _ outcome: AttemptOutcome) -> Problem {
        let errorClass = outcome.errorClass ?? .protocol
        let (status, proxyError) = answer(to: errorClass, certificateRejected: outcome.certificateRejected)
        return Problem(
            status: status, errorClass: errorClass, proxyError: proxyError, detail: "\(name): \(outcome.detail)", upstream: name,
            retryAfter: errorClass == .rateLimited ? 1 : nil)
    }

    private static func answer(to errorClass: ErrorClass, certificateRejected: Bool) -> (status: Int, proxyError: String) {
        switch errorClass {
        case .dns: (502, "dns_error")
        case .connectRefused: (502, "connection_refused")
        case .connectTimeout: (504, "connection_timeout")
        case .tls: (502, certificateRejected ? "tls_certificate_error" : "tls_protocol_error")
        case .firstByteTimeout: (504, "http_response_timeout")
        case .totalTimeout: (504, "connection_read_timeout")
        case .reset: (502, "connection_terminated")
        case .rateLimited: (503, "connection_limit_reached")
        case .breakerOpen: (503, "destination_unavailable")
        default: (502, "http_protocol_error")
        }
    }

    package func answer() -> (head: AnswerHead, body: ByteBuffer) {
        let body = ByteBuffer(string: json)
        var headers = Headers()
        headers.append("content-type", "application/problem+json")
        headers.append("content-length", String(body.readableBytes))
        headers.append("proxy-status", proxyStatus)
        if let retryAfter { headers.append("retry-after", String(retryAfter)) }
        return (AnswerHead(status: status, headers: headers, bodyLength: .sized(body.readableBytes)), body)
    }

    private var proxyStatus: String {
        var text = "pantograph; error=\(proxyError)"
        if let upstream { text += "; next-hop=\"\(JSONText.header(upstream))\"" }
        return text + "; details=\"\(JSONText.header(detail))\""
    }

    private var json: String {
        var members = [
            ("type", "urn:pantograph:problem:\(errorClass.rawValue)"), ("title", title), ("detail", detail), ("class", errorClass.rawValue),
        ]
        if let upstream { members.append(("upstream", upstream)) }
        if let exchangeID { members.append(("exchange_id", exchangeID.description)) }
        if let traceID { members.append(("trace_id", traceID.description)) }
        let text = members.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined(separator: ",")
        return "{\(text),\"status\":\(status)}\n"
    }

    private var title: String {
        switch errorClass {
        case .dns: "The upstream's name could not be resolved"
        case .connectRefused: "The upstream refused the connection"
        case .connectTimeout: "The upstream could not be connected to in time"
        case .tls: "No trusted TLS connection to the upstream"
        case .firstByteTimeout: "The upstream did not begin to answer in time"
        case .totalTimeout: "The upstream did not finish its answer in time"
        case .reset: "The connection to the upstream broke off"
        case .protocol: proxyError == "http_request_error" ? "The request could not be read" : "The upstream did not speak HTTP"
        case .breakerOpen: "The upstream's circuit breaker is open"
        case .rateLimited: "A bound of this sidecar is reached"
        case .bodyTooLarge: "The request body is too large"
        case .noRoute: "No route matches the request"
        case .loop: "The request has been through this sidecar before"
        case .spoolFull: "The spool is full"
        case .cancelled: "The request was cancelled"
        case .http4xx, .http429, .http5xx: "The upstream answered with an error"
        }
    }
}

/// Text made safe for the places that problems write it to.
package enum JSONText {
    /// A JSON string (RFC 8259, 7), quotes included.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ": result += "\\u00" + Hexadecimal.string(UInt64(scalar.value)).suffix(2)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The inside of a structured-field string (RFC 9651, 3.3.3), which holds printable ASCII alone.
    package static func header(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case " "..."~": result.unicodeScalars.append(scalar)
            default: result += "?"
            }
        }
        return result
    }
}
