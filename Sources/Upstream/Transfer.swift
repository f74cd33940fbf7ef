internal import CCurl
internal import Exchange
internal import Glibc
internal import NIOCore

/// An easy handle with the memory it needs, and the attempt it carries out at the moment; used again for one after another.
///
/// Lives on the upstream thread. Its address is given to libcurl as the context of every callback: `Origin` owns it from
/// before it is added until after it has been removed and the handle is freed.
final class Transfer: Carrier {
    /// Bodies that have come whole and are no longer than this go out in one piece with the head.
    static let inlineBody = 16 * 1024

    let easy: UnsafeMutableRawPointer
    unowned(unsafe) let curl: CurlOrigin
    /// The sockets opened for the attempt, while none of them is its connection yet.
    var sockets: [Readiness.Connection] = []
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var lines = HeaderLines()
    private var inline = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
    private var form = RequestForm()

    init?(using origin: CurlOrigin) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        curl = origin
        errorText.pointee = 0
        super.init(origin)
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
            && OriginCallbacks.bind(easy, to: curl)
    }

    /// What libcurl said about the failure, in its words.
    var errorWords: String { String(cString: errorText) }

    // MARK: An attempt

    override func begin(_ attempt: Attempt) -> Failure? {
        take(attempt, framesHere: false)
        if let failure = prepare(attempt.request) { return failure }
        armDeadline()
        let code = curl_multi_add_handle(curl.multi, easy)
        return code == CURLM_OK ? nil : Failure(.protocol, LibCurl.text(code))
    }

    override func resume(room: Bool, more: Bool) { goOn(room: room, more: more) }

    override func letGo(isSound: Bool) {
        curl_multi_remove_handle(curl.multi, easy)
        for socket in sockets { curl.driver.readiness.abandoned(socket) }
        sockets.removeAll(keepingCapacity: true)
        lines.trim()
    }

    private func prepare(_ request: borrowing AttemptRequest) -> Failure? {
        if let failure = RequestLine.failure(request) { return failure }
        guard lines.fill(request.headers) else { return .refusedCharacter("a field of the request") }
        errorText.pointee = 0
        guard pantograph_easy_set_string(easy, CURLOPT_REQUEST_TARGET, request.target) == CURLE_OK, prepareBody(request) else {
            return Failure(.protocol, "libcurl does not take the request")
        }
        return nil
    }

    private func prepareBody(_ request: borrowing AttemptRequest) -> Bool {
        let body: RequestForm.Body
        switch (request.body, request.bodyLength) {
        case (nil, .sized(0)): body = .inline(0)
        case (nil, _), (_, .none): body = RequestLine.needsLength(request.method) ? .inline(0) : .none
        case (let source?, .sized(let size)):
            if let count = copyInline(source, size, request) { body = .inline(count) } else { body = .streamed(size) }
        case (_, .unknown): body = .streamed(nil)
        }
        progress.sends(body)
        return form.apply(to: easy, method: request.method, body: body, bytes: inline.baseAddress)
    }

    /// Copies a short body that has come whole.
    private func copyInline(_ source: RequestBody, _ size: Int, _ request: borrowing AttemptRequest) -> Int? {
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
}
