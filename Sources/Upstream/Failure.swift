internal import CCurl
internal import Exchange
internal import Glibc

/// Why an attempt came to nothing.
struct Failure: Error {
    var errorClass: ErrorClass
    /// One clause, without URL and secrets.
    var detail: String
    var certificateRejected = false

    init(_ errorClass: ErrorClass, _ detail: String) {
        self.errorClass = errorClass
        self.detail = detail
    }

    /// What libcurl's result means.
    ///
    /// - Parameters:
    ///   - words: libcurl's own, from the error buffer; may be empty.
    ///   - systemError: the `errno` of a failed connect, 0 where unknown.
    ///   - isConnected: whether the attempt had a connection.
    init(_ code: CURLcode, words: String, systemError: Int32 = 0, isConnected: Bool) {
        errorClass = Self.errorClass(code, words: words, systemError: systemError, isConnected: isConnected)
        detail = LibCurl.text(code, words)
        if errorClass == .connectRefused, systemError != 0 { detail += " (\(String(cString: strerror(systemError))))" }
        certificateRejected = code == CURLE_PEER_FAILED_VERIFICATION
    }

    private static func errorClass(_ code: CURLcode, words: String, systemError: Int32, isConnected: Bool) -> ErrorClass {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: .dns
        // The system gave up on connecting before our own time was up.
        case CURLE_COULDNT_CONNECT: systemError == ETIMEDOUT ? .connectTimeout : .connectRefused
        case CURLE_OPERATION_TIMEDOUT: isConnected ? .totalTimeout : .connectTimeout
        // libcurl reports broken chunks and HTTP/2 frames as a failure to receive, and a session that has ended as CURLE_HTTP2.
        case CURLE_RECV_ERROR where words.contains("chunked-encoding") || words.contains("nghttp2"): .protocol
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            .reset
        case _ where securityCodes.contains(code.rawValue): isConnected ? .reset : .tls
        default: .protocol
        }
    }

    /// Everything that libcurl's TLS side ends with.
    private static let securityCodes: Set<UInt32> = [
        CURLE_SSL_CONNECT_ERROR.rawValue, CURLE_OBSOLETE51.rawValue, CURLE_SSL_ENGINE_NOTFOUND.rawValue, CURLE_SSL_ENGINE_SETFAILED.rawValue,
        CURLE_SSL_CERTPROBLEM.rawValue, CURLE_SSL_CIPHER.rawValue, CURLE_PEER_FAILED_VERIFICATION.rawValue,
        CURLE_USE_SSL_FAILED.rawValue, CURLE_SSL_ENGINE_INITFAILED.rawValue, CURLE_SSL_CACERT_BADFILE.rawValue,
        CURLE_SSL_SHUTDOWN_FAILED.rawValue, CURLE_SSL_CRL_BADFILE.rawValue, CURLE_SSL_ISSUER_ERROR.rawValue,
        CURLE_SSL_PINNEDPUBKEYNOTMATCH.rawValue, CURLE_SSL_INVALIDCERTSTATUS.rawValue, CURLE_SSL_CLIENTCERT.rawValue,
    ]
}
