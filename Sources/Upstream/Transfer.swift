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
    /// Bytes of the attempt's body in there.
    private var gathered = 0
    private var form = RequestForm()
    /// Of the connections that the attempt may go out on; nil before that, and where HTTP/2 is not offered.
    private(set) var generation: Int?
    /// What the handle was last told of that.
    private var told = 0

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
        if let failure = RequestLine.failure(attempt.request) { return failure }
        gathered = 0
        armDeadline()
        return go(attempt)
    }

    override func resume(room: Bool, more: Bool) {
        guard progress.isGathering else { return goOn(room: room, more: more) }
        if more, let attempt, let failure = go(attempt) { origin.end(self, failure) }
    }

    /// Puts the request on the wire, or waits for the rest of a short body.
    private func go(_ attempt: Attempt) -> Failure? {
        if let body = attempt.request.body, let size = shortBody(attempt.request) {
            switch gather(body, size, asPrimary: attempt.request.readsAsPrimary) {
            case .wait:
                progress.isGathering = true
                body.whenMore(at: progress.position) { attempt.signal(.more) }
                return nil
            case .bytes: break
            case .end, .aborted: return Failure(.cancelled, "the request's body never came whole")
            case .gone: return Failure(.cancelled, "a part of the request's body is no longer kept")
            }
        }
        progress.isGathering = false
        if let failure = prepare(attempt.request) { return failure }
        let code = curl_multi_add_handle(curl.multi, easy)
        return code == CURLM_OK ? nil : Failure(.protocol, LibCurl.text(code))
    }

    override func letGo(isSound: Bool) {
        curl.heard(progress.reader.version)
        curl_multi_remove_handle(curl.multi, easy)
        if let generation = generation.take() { curl.left(generation) }
        for socket in sockets { curl.driver.readiness.abandoned(socket) }
        sockets.removeAll(keepingCapacity: true)
        lines.trim()
    }

    private func prepare(_ request: borrowing AttemptRequest) -> Failure? {
        guard lines.fill(request.headers) else { return .refusedCharacter("a field of the request") }
        errorText.pointee = 0
        guard pantograph_easy_set_string(easy, CURLOPT_REQUEST_TARGET, request.target) == CURLE_OK, prepareBody(request), prepareConnection()
        else { return Failure(.protocol, "libcurl does not take the request") }
        return nil
    }

    /// Says of which connections the request goes out on one.
    private func prepareConnection() -> Bool {
        generation = curl.beginGeneration()
        guard let generation, generation != told else { return true }
        told = generation
        return EasyOptions.tell(generation, to: easy)
    }

    private func prepareBody(_ request: borrowing AttemptRequest) -> Bool {
        let body: RequestForm.Body
        switch (request.body, request.bodyLength) {
        case (nil, .sized(0)): body = .inline(0)
        case (nil, _), (_, .none): body = RequestLine.needsLength(request.method) ? .inline(0) : .none
        case (_, .sized(let size)): body = gathered == size ? .inline(size) : .streamed(size)
        case (_, .unknown): body = .streamed(nil)
        }
        progress.sends(body)
        return form.apply(to: easy, method: request.method, body: body, bytes: inline.baseAddress)
    }

    /// The length of a body that goes out in one piece with the head; nil where it is sent as it comes.
    ///
    /// HTTP/2 waits for it to come whole. An upstream that answers before it has all of a request says that it wants no more of it
    /// (`RST_STREAM` with `NO_ERROR`, RFC 9113, 8.1), and libcurl 7.88 forgets an answer that it reads together with this. The less
    /// of a request is on its way, the less there is to be refused.
    private func shortBody(_ request: borrowing AttemptRequest) -> Int? {
        guard let body = request.body, case .sized(let size) = request.bodyLength, size <= Self.inlineBody else { return nil }
        return origin.settings.usesHTTP2 || body.isComplete && body.received == size ? size : nil
    }

    /// Copies what has come of a short body.
    ///
    /// - Returns: `.bytes` once it is whole.
    private func gather(_ body: RequestBody, _ size: Int, asPrimary: Bool) -> RequestBody.Read {
        if inline.count < size {
            inline.deallocate()
            inline = .allocate(byteCount: max(1024, size), alignment: 1)
        }
        while gathered < size {
            let room = UnsafeMutableRawBufferPointer(rebasing: inline[gathered..<size])
            let read = body.read(&progress.position, into: room, asPrimary: asPrimary)
            guard case .bytes(let count) = read else { return read }
            gathered += count
        }
        return .bytes(size)
    }
}
