import NIOCore
import NIOHTTP1

/// What a scripted server is besides its sockets: which script a request gets, and what becomes of its body.
protocol Stage: Sendable {
    var name: String { get }
    var ledger: Ledger { get }
    /// Bytes of a request's body that are handed to `received`; nil where bodies are counted and dropped.
    var collects: Int? { get }
    /// - Throws: a sentence for the 400 where the request brings a script that can't be read.
    func script(for head: HTTPRequestHead) throws(SpecError) -> Script
    /// How long to wait before the answer's head.
    func delay(of behaviour: Behaviour) -> Duration?
    /// A request has come whole, and its script ends in an answer below 400.
    ///
    /// - Returns: what to answer in the script's place; nil to go on with it.
    func received(_ head: HTTPRequestHead, body: ByteBuffer) -> Script?
    /// A request to `/__playground/…`.
    func control(_ method: HTTPMethod, _ target: String) -> Control
}

/// An answer about the server itself.
struct Control {
    static let prefix = "/__playground/"

    var status = 200
    /// JSON.
    var document = "{}"

    /// The counts and the recorded requests of a ledger: what every server answers.
    init(_ method: HTTPMethod, _ target: String, _ ledger: Ledger) {
        let pieces = ScriptText.cut(target, at: "?")
        switch (method, pieces.before) {
        case (.GET, Control.prefix + "stats"):
            document = Document.text(ledger.counts)
        case (.GET, Control.prefix + "requests"):
            document = Document.text(["requests": ledger.recorded(limit: Control.limit(pieces.after))])
        case (.DELETE, Control.prefix + "requests"):
            ledger.reset()
        default:
            status = 404
            document = Document.text(["error": "no such thing here: GET /__playground/stats, GET or DELETE /__playground/requests"])
        }
    }

    init(status: Int = 200, document: String) {
        self.status = status
        self.document = document
    }

    private static func limit(_ query: String?) -> Int {
        for pair in ScriptText.split(query ?? "", at: "&") {
            let pieces = ScriptText.cut(pair, at: "=")
            if pieces.before == "limit", let limit = Int(pieces.after ?? ""), limit >= 0 { return limit }
        }
        return .max
    }
}
