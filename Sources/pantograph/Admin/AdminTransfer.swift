internal import CCurl
internal import Exchange
internal import Foundation

/// One connection to the admin listener, kept between requests; each waits for its answer, for a bounded time.
final class AdminTransfer {
    /// Bytes of an answer.
    static let longestAnswer = 64 * 1024 * 1024
    /// Seconds for a whole answer: a large replay is one commit on a disk that may be slow.
    private static let totalTimeout = 120

    private let address: AdminAddress
    private let handle: AdminHandle
    private let answer = AdminAnswerBuffer()

    init(_ address: AdminAddress, token: String?) throws(AskingFault) {
        self.address = address
        handle = try AdminHandle(address, token: token)
        pantograph_easy_set_long(handle.easy, CURLOPT_TIMEOUT, AdminTransfer.totalTimeout)
        pantograph_easy_set_transfer_callback(handle.easy, CURLOPT_WRITEFUNCTION, AdminAnswerBuffer.received)
        pantograph_easy_set_pointer(handle.easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(answer).toOpaque())
    }

    func perform(_ method: String, _ path: String, body: String?) throws(AskingFault) -> (status: Int, body: Data) {
        answer.clear()
        if let body {
            pantograph_easy_set_offset(handle.easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.utf8.count))
            pantograph_easy_set_string(handle.easy, CURLOPT_COPYPOSTFIELDS, body)
        } else {
            pantograph_easy_set_long(handle.easy, CURLOPT_HTTPGET, 1)
        }
        pantograph_easy_set_string(handle.easy, CURLOPT_CUSTOMREQUEST, method)
        let result = handle.perform(address.base + path, fields: body == nil ? [] : ["Content-Type: application/json"])
        guard result == CURLE_OK else { throw fault(result) }
        return (handle.status, answer.body)
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
