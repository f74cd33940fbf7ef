internal import CCurl
internal import Exchange

/// The connection to the collector: one request at a time, kept open between them. libcurl's multi interface drives it, for
/// the sake of `curl_multi_wakeup`: a thread that waits for the collector can be called away at once, which
/// `curl_easy_perform` does not offer.
///
/// `@unchecked Sendable`: used by the export thread alone but for `wake`, which libcurl allows on any thread; the handles
/// never change and live as long as this.
final class CollectorConnection: @unchecked Sendable {
    /// Bytes of an answer that are read (OTLP/HTTP); the rest is not waited for.
    static let longestAnswer = 4 * 1024 * 1024
    /// Bytes of an answer's head; beyond, the connection is given up.
    static let longestHead = 256 * 1024

    private let multi: UnsafeMutableRawPointer?
    private let easy: UnsafeMutableRawPointer?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let answer = CollectorAnswerBuffer()
    private let timeout: Duration
    private let userAgent: String

    /// libcurl must be set up once before the first handle; since 7.84 that may happen on any thread.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK

    init(_ settings: OTLPSettings, version: String) {
        timeout = settings.timeout
        userAgent = "pantograph/\(version) OTel-OTLP-Exporter-Swift/\(version)"
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        multi = CollectorConnection.isLibraryReady ? curl_multi_init() : nil
        easy = CollectorConnection.isLibraryReady ? curl_easy_init() : nil
        if let easy { setUp(easy, settings) }
    }

    deinit {
        if let easy { curl_easy_cleanup(easy) }
        if let multi { curl_multi_cleanup(multi) }
        errorText.deallocate()
    }

    /// Calls `post` away from its waiting, so that it asks for its deadline anew.
    func wake() {
        if let multi { curl_multi_wakeup(multi) }
    }

    /// Sends one request and waits for its answer, until the settings' timeout or `deadline` has passed.
    /// - Parameters:
    ///   - text: of the request, read from its front.
    ///   - lines: header fields beside those sent always.
    ///   - deadline: asked again after each `wake`.
    func post(_ text: RequestText, isGzip: Bool, lines: [String], deadline: () -> MonotonicTime) -> CollectorAnswer {
        guard let multi, let easy else { return .failed(.protocol, detail: "libcurl could not be set up", mayRetry: false) }
        let headers = headerList(lines, isGzip: isGzip)
        defer { curl_slist_free_all(headers) }
        answer.clear()
        text.rewind()
        errorText[0] = 0
        pantograph_easy_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
        pantograph_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(text.count))
        let context = Unmanaged.passUnretained(text).toOpaque()
        pantograph_easy_set_pointer(easy, CURLOPT_READDATA, context)
        pantograph_easy_set_pointer(easy, CURLOPT_SEEKDATA, context)
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return .failed(.protocol, detail: "libcurl did not take the request", mayRetry: false)
        }
        let result = perform(multi, until: MonotonicTime.now().advanced(by: timeout), deadline)
        let answer = answered(easy, result)
        // Where the name is still being looked up, the look-up's thread is left behind rather than waited for.
        pantograph_easy_set_long(easy, CURLOPT_QUICK_EXIT, result == nil ? 1 : 0)
        curl_multi_remove_handle(multi, easy)
        return answer
    }

    /// nil where the time was over first.
    private func perform(_ multi: UnsafeMutableRawPointer, until limit: MonotonicTime, _ deadline: () -> MonotonicTime) -> CURLcode? {
        while true {
            var running: Int32 = 0
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
            if running == 0 { return outcome(multi) }
            let left = min(limit, deadline()).nanoseconds(since: .now())
            guard left > 0 else { return nil }
            // Rounded up, so that the last wait does not end a moment too early and spin.
            curl_multi_poll(multi, nil, 0, Int32(clamping: left / 1_000_000 + 1), nil)
        }
    }

    private func outcome(_ multi: UnsafeMutableRawPointer) -> CURLcode {
        var (result, left) = (CURLE_FAILED_INIT, Int32(0))
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE { result = message.pointee.data.result }
        }
        return result
    }

    private func answered(_ easy: UnsafeMutableRawPointer, _ result: CURLcode?) -> CollectorAnswer {
        var status = 0
        pantograph_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        // A final status counts even where the rest of a long answer was not read: the collector has spoken.
        if result == CURLE_OK || answer.isCut, status >= 200 {
            return .status(status, retryAfter: retryAfter(easy), body: answer.body)
        }
        let failure = TransferFailure(result, isConnected: isConnected(easy))
        let words = String(cString: errorText)
        return .failed(failure.errorClass, detail: words.isEmpty ? failure.words(result) : words, mayRetry: failure.mayRetry)
    }

    /// libcurl reads both forms, a date and seconds (RFC 9110, 10.2.3), and gives seconds from now.
    private func retryAfter(_ easy: UnsafeMutableRawPointer) -> Duration? {
        var seconds: curl_off_t = 0
        pantograph_easy_get_offset(easy, CURLINFO_RETRY_AFTER, &seconds)
        return seconds > 0 ? .seconds(Int64(seconds)) : nil
    }

    private func isConnected(_ easy: UnsafeMutableRawPointer) -> Bool {
        var microseconds: curl_off_t = 0
        pantograph_easy_get_offset(easy, CURLINFO_CONNECT_TIME_T, &microseconds)
        return microseconds > 0
    }

    // MARK: Setting up

    private func setUp(_ easy: UnsafeMutableRawPointer, _ settings: OTLPSettings) {
        pantograph_easy_set_string(easy, CURLOPT_URL, settings.endpoint)
        pantograph_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        pantograph_easy_set_string(easy, CURLOPT_USERAGENT, userAgent)
        // No proxy of the environment: what is exported goes where the configuration says.
        pantograph_easy_set_string(easy, CURLOPT_PROXY, "")
        if let file = settings.certificateFile { pantograph_easy_set_string(easy, CURLOPT_CAINFO, file) }
        pantograph_easy_set_long(easy, CURLOPT_POST, 1)
        pantograph_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
        pantograph_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        pantograph_easy_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
        pantograph_easy_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
        pantograph_easy_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        pantograph_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        pantograph_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        pantograph_easy_set_transfer_callback(easy, CURLOPT_READFUNCTION, RequestText.reading)
        pantograph_easy_set_seek_callback(easy, RequestText.seeking)
        let context = Unmanaged.passUnretained(answer).toOpaque()
        pantograph_easy_set_transfer_callback(easy, CURLOPT_WRITEFUNCTION, CollectorAnswerBuffer.received)
        pantograph_easy_set_pointer(easy, CURLOPT_WRITEDATA, context)
        pantograph_easy_set_transfer_callback(easy, CURLOPT_HEADERFUNCTION, CollectorAnswerBuffer.receivedHead)
        pantograph_easy_set_pointer(easy, CURLOPT_HEADERDATA, context)
    }

    private func headerList(_ lines: [String], isGzip: Bool) -> UnsafeMutablePointer<curl_slist>? {
        // No `Expect`: a collector that does not know it would cost a second for each large batch.
        var list: UnsafeMutablePointer<curl_slist>?
        for line in ["Content-Type: application/json", "Expect:"] + (isGzip ? ["Content-Encoding: gzip"] : []) + lines {
            // Where memory is short the list stays as it was.
            list = curl_slist_append(list, line) ?? list
        }
        return list
    }
}

/// What has come of the collector's answer.
private final class CollectorAnswerBuffer {
    private(set) var body: [UInt8] = []
    private(set) var isCut = false
    private var head = 0

    func clear() {
        body.removeAll(keepingCapacity: body.capacity <= 65_536)
        (isCut, head) = (false, 0)
    }

    static let received: pantograph_transfer_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let buffer = Unmanaged<CollectorAnswerBuffer>.fromOpaque(context).takeUnretainedValue()
        guard buffer.body.count + size * count <= CollectorConnection.longestAnswer else {
            buffer.isCut = true
            return 0
        }
        buffer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    static let receivedHead: pantograph_transfer_callback = { _, size, count, context in
        guard let context else { return 0 }
        let buffer = Unmanaged<CollectorAnswerBuffer>.fromOpaque(context).takeUnretainedValue()
        buffer.head += size * count
        return buffer.head <= CollectorConnection.longestHead ? size * count : 0
    }
}
