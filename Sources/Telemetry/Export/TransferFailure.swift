internal import CCurl
internal import Exchange

/// Why a request to the collector brought no answer.
struct TransferFailure: Equatable {
    let errorClass: ErrorClass
    /// Whether another try can end differently: a connection lost or never made. What the collector answered with and could
    /// not be understood stays what it is.
    let mayRetry: Bool

    /// - Parameters:
    ///   - result: nil where the time was over first.
    ///   - isConnected: whether there was a connection by then.
    init(_ result: CURLcode?, isConnected: Bool) {
        switch result {
        case nil, .some(CURLE_OPERATION_TIMEDOUT): (errorClass, mayRetry) = (isConnected ? .firstByteTimeout : .connectTimeout, true)
        case .some(CURLE_COULDNT_RESOLVE_HOST): (errorClass, mayRetry) = (.dns, true)
        case .some(CURLE_COULDNT_CONNECT): (errorClass, mayRetry) = (.connectRefused, true)
        case .some(CURLE_SEND_ERROR), .some(CURLE_RECV_ERROR), .some(CURLE_GOT_NOTHING), .some(CURLE_PARTIAL_FILE):
            (errorClass, mayRetry) = (.reset, true)
        case .some(CURLE_SSL_CONNECT_ERROR), .some(CURLE_PEER_FAILED_VERIFICATION), .some(CURLE_SSL_CERTPROBLEM),
            .some(CURLE_SSL_CIPHER), .some(CURLE_SSL_CACERT_BADFILE), .some(CURLE_SSL_ISSUER_ERROR):
            (errorClass, mayRetry) = (.tls, true)
        default: (errorClass, mayRetry) = (.protocol, false)
        }
    }

    /// What libcurl says of it in general, where it says nothing in particular.
    func words(_ result: CURLcode?) -> String {
        guard let result else { return "no answer in time" }
        return curl_easy_strerror(result).map { String(cString: $0) } ?? "no answer"
    }
}
