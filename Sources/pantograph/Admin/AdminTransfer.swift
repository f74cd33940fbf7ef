internal import CCurl
internal import Exchange
internal import Foundation

/// One connection to the admin listener, kept between requests; each waits for its answer, for a bounded time.
final class AdminTransfer {
    /// Bytes of an answer.
    static let longestAnswer = 64 * 1024 * 1024
    private static let connectTimeout = 5
    /// Seconds for a whole answer: a large replay is one commit on a disk that may be slow.
    private static let totalTimeout = 120

    private let address: AdminAddress
    private let easy: UnsafeMutableRawPointer?
    private let answer = AdminAnswerBuffer()

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK

    init(_ address: AdminAddress) {
        self.address = address
        easy = AdminTransfer.isLibraryReady ? curl_easy_init() : nil
        if let easy { setUp(easy) }
    }

    deinit {
        if let easy { curl_easy_cleanup(easy) }
    }

    func perform(_ method: String, _ path: String, body: String?) throws(AskingFault) -> (status: Int, body: Data) {
        guard let easy else { throw .unreachable("libcurl could not be set up.") }
        answer.clear()
        pantograph_easy_set_string(easy, CURLOPT_URL, address.base + path)
        let headers = curl_slist_append(nil, "Content-Type: application/json")
        defer { curl_slist_free_all(headers) }
        pantograph_easy_set_pointer(easy, CURLOPT_HTTPHEADER, body == nil ? nil : headers)
        if let body {
            pantograph_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.utf8.count))
            pantograph_easy_set_string(easy, CURLOPT_COPYPOSTFIELDS, body)
        } else {
            pantograph_easy_set_long(easy, CURLOPT_HTTPGET, 1)
        }
        pantograph_easy_set_string(easy, CURLOPT_CUSTOMREQUEST, method)
        let result = curl_easy_perform(easy)
        guard result == CURLE_OK else { throw fault(result) }
        var status = 0
        pantograph_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return (status, answer.body)
    }

    private func setUp(_ easy: UnsafeMutableRawPointer) {
        pantograph_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http")
        pantograph_easy_set_string(easy, CURLOPT_USERAGENT, "pantograph/\(Version.current)")
        // No proxy of the environment: the sidecar is asked itself.
        pantograph_easy_set_string(easy, CURLOPT_PROXY, "")
        if case .unix(let path) = address.place { pantograph_easy_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, path) }
        pantograph_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
        pantograph_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        pantograph_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        pantograph_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT, AdminTransfer.connectTimeout)
        pantograph_easy_set_long(easy, CURLOPT_TIMEOUT, AdminTransfer.totalTimeout)
        pantograph_easy_set_transfer_callback(easy, CURLOPT_WRITEFUNCTION, AdminAnswerBuffer.received)
        pantograph_easy_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(answer).toOpaque())
    }

    private func fault(_ result: CURLcode) -> AskingFault {
        switch result {
        case CURLE_WRITE_ERROR:
            .unknownAnswer("The answer of \(address) is longer than \(AdminTransfer.longestAnswer) bytes: ask for fewer at a time (--limit).")
        case CURLE_OPERATION_TIMEDOUT:
            .unreachable("The sidecar at \(address) did not answer in time.")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            .unreachable("The connection to \(address) ended without an answer. Is that the sidecar's admin listener? --admin names another.")
        default:
            .unreachable("The sidecar is not reachable at \(address). Is it running? --admin ADDRESS or --config FILE names another.")
        }
    }
}

/// What has come of an answer.
private final class AdminAnswerBuffer {
    private(set) var body = Data()

    func clear() { body = Data() }

    static let received: pantograph_transfer_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let buffer = Unmanaged<AdminAnswerBuffer>.fromOpaque(context).takeUnretainedValue()
        guard buffer.body.count + size * count <= AdminTransfer.longestAnswer else { return 0 }
        buffer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }
}
