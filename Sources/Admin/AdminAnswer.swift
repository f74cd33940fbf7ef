internal import Exchange
internal import NIOCore
internal import NIOHTTP1

/// One answer of the admin listener, decided from the request's line and its `Accept` alone.
struct AdminAnswer {
    var status: HTTPResponseStatus
    var contentType: String
    var body: ByteBuffer
    /// For `Allow`, where the method is not one of these.
    var allow: String?

    init(to head: HTTPRequestHead, from sources: AdminSources) {
        guard head.method == .GET || head.method == .HEAD else {
            self.init(problem: .methodNotAllowed, "Ask with GET or HEAD.")
            allow = "GET, HEAD"
            return
        }
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/metrics":
            let (contentType, body) = sources.exposition(head.headers[canonicalForm: "accept"].joined(separator: ","))
            self.init(.ok, contentType, ByteBuffer(bytes: body))
        case "/livez": self.init(.ok, "application/json", ByteBuffer(string: "{\"status\":\"live\"}\n"))
        case "/readyz": self.init(readyUnless: sources.notReady())
        case "/api/config": self.init(.ok, "application/json", ByteBuffer(string: sources.configuration))
        case "/": self.init(.ok, "text/plain; charset=utf-8", ByteBuffer(string: AdminAnswer.index))
        default: self.init(problem: .notFound, "There is /metrics, /livez, /readyz and /api/config here.")
        }
    }

    private init(_ status: HTTPResponseStatus, _ contentType: String, _ body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    private init(readyUnless reasons: [String]) {
        let list = reasons.map(JSONText.quoted).joined(separator: ",")
        self.init(
            reasons.isEmpty ? .ok : .serviceUnavailable, "application/json",
            ByteBuffer(string: reasons.isEmpty ? "{\"status\":\"ready\"}\n" : "{\"status\":\"not ready\",\"reasons\":[\(list)]}\n"))
    }

    /// RFC 9457.
    init(problem status: HTTPResponseStatus, _ detail: String) {
        let json = "{\"type\":\"about:blank\",\"title\":\(JSONText.quoted(status.reasonPhrase)),\"status\":\(status.code),\"detail\":\(JSONText.quoted(detail))}\n"
        self.init(status, "application/problem+json", ByteBuffer(string: json))
    }

    private static let index = """
        pantograph \(Version.current)

        /metrics     Prometheus metrics, text or OpenMetrics by Accept
        /livez       200 while the process answers
        /readyz      200 while it takes calls, else 503 and why not
        /api/config  the configuration as it was understood, secrets redacted

        """
}
