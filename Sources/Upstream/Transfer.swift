internal import CCurl
internal import Exchange
internal import Glibc
internal import NIOCore

/// An easy handle with the memory it needs, and the attempt it carries out at the moment; used again for one after another.
///
/// Lives on the upstream thread. Its address is given to libcurl as the context of every callback: `Origin` owns it from
/// before it is added until after it has been removed and the handle is freed.
final class Transfer: Deadlined {
    /// Bodies that have come whole and are no longer than this go out in one piece with the head.
    static let inlineBody = 16 * 1024

    let easy: UnsafeMutableRawPointer
    unowned let origin: Origin
    /// The place in `Origin`'s table.
    var place = 0
    private(set) var attempt: Attempt?
    var progress = Progress()
    /// The sockets opened for the attempt, while none of them is its connection yet.
    var opening: [Readiness.Connection] = []
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var lines = HeaderLines()
    private var inline = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
    private var form = RequestForm()

    init?(_ origin: Origin) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.origin = origin
        errorText.pointee = 0
        super.init()
        guard origin.options.apply(to: easy), bindCallbacks() else { return nil }
    }

    deinit {
        curl_easy_cleanup(easy)
        errorText.deallocate()
        inline.deallocate()
    }

    private func bindCallbacks() -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        return pantograph_easy_set_pointer(easy, CURLOPT_PRIVATE, context) == CURLE_OK
            && pantograph_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText) == CURLE_OK
            && pantograph_easy_set_pointer(easy, CURLOPT_HTTPHEADER, lines.first) == CURLE_OK
            && TransferCallbacks.bind(easy, context)
            && OriginCallbacks.bind(easy, to: origin)
    }

    /// What libcurl said about the failure, in its words.
    var errorWords: String { String(cString: errorText) }

    // MARK: Before

    /// Takes on an attempt: after it the handle can be added.
    ///
    /// - Returns: why not, where the request can't be put on the wire as it is.
    func prepare(_ attempt: Attempt) -> String? {
        let request = attempt.request
        guard request.target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !request.target.isEmpty else {
            return "the request's target holds a character that may not be sent"
        }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(FieldSyntax.isToken) else {
            return "the request's method holds a character that may not be sent"
        }
        guard lines.fill(request.headers) else { return "a field of the request holds a character that may not be sent" }
        errorText.pointee = 0
        progress = Progress()
        progress.reader = AnswerReader(keepsFields: request.wantsAnswer, isHead: request.method == "HEAD")
        guard pantograph_easy_set_string(easy, CURLOPT_REQUEST_TARGET, request.target) == CURLE_OK, prepareBody(request) else {
            return "libcurl does not take the request"
        }
        self.attempt = attempt
        attempt.transfer = self
        return nil
    }

    private func prepareBody(_ request: AttemptRequest) -> Bool {
        let body: RequestForm.Body
        switch (request.body, request.bodyLength) {
        case (nil, .sized(0)): body = .inline(0)
        case (nil, _), (_, .none): body = Self.needsLength(request.method) ? .inline(0) : .none
        case (let source?, .sized(let size)):
            if let count = copyInline(source, size, request) { body = .inline(count) } else { body = .streamed(size) }
        case (_, .unknown): body = .streamed(nil)
        }
        progress.sends(body)
        return form.apply(to: easy, method: request.method, body: body, bytes: inline.baseAddress)
    }

    /// Methods whose requests without a body say `Content-Length: 0` (RFC 9110, 8.6).
    private static func needsLength(_ method: String) -> Bool { method == "POST" || method == "PUT" || method == "PATCH" }

    /// Copies a short body that has come whole.
    private func copyInline(_ source: RequestBody, _ size: Int, _ request: AttemptRequest) -> Int? {
        guard size <= Self.inlineBody, source.isComplete, source.received == size else { return nil }
        if inline.count < size {
            inline.deallocate()
            inline = .allocate(byteCount: max(1024, size), alignment: 1)
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: inline[..<size])
        guard size > 0 else { return 0 }
        guard source.read(&progress.position, into: room, asPrimary: request.readsAsPrimary) == .bytes(size) else { return nil }
        return size
    }

    // MARK: After

    /// Lets go of the attempt.
    func finish() {
        for connection in opening { origin.driver.readiness.abandoned(connection) }
        opening.removeAll(keepingCapacity: true)
        attempt?.transfer = nil
        attempt = nil
        lines.trim()
    }
}
