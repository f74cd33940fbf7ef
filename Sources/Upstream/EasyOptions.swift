internal import CCurl
internal import Exchange

/// The options of every easy handle of one upstream: set when the handle is made and left alone from then on.
struct EasyOptions {
    let settings: UpstreamSettings
    /// The parsed origin, shared by all handles: libcurl reads it only.
    let url: OpaquePointer
    /// TLS sessions, shared so that a new connection can resume one; nil without TLS.
    let share: UnsafeMutableRawPointer?
    let caFile: String?

    func apply(to easy: UnsafeMutableRawPointer) -> Bool {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_TCP_NODELAY, 1), (CURLOPT_PATH_AS_IS, 1), (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_HTTP09_ALLOWED, 0), (CURLOPT_HTTP_CONTENT_DECODING, 0), (CURLOPT_DNS_CACHE_TIMEOUT, 60),
            (CURLOPT_UPLOAD_BUFFERSIZE, 64 * 1024),
            (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
            (CURLOPT_HTTP_VERSION, Int(settings.usesHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)),
            (CURLOPT_PIPEWAIT, settings.usesHTTP2 ? 1 : 0),
            // Without it, taking away a transfer that is still resolving waits for the resolver's thread, and every other
            // transfer with it. The thread frees what is its own when it is done.
            (CURLOPT_QUICK_EXIT, 1),
        ]
        let isSet = numbers.allSatisfy { pantograph_easy_set_long(easy, $0, $1) == CURLE_OK }
        return isSet
            && pantograph_easy_set_pointer(easy, CURLOPT_CURLU, UnsafeRawPointer(url)) == CURLE_OK
            && pantograph_easy_set_string(easy, CURLOPT_PROXY, "") == CURLE_OK
            && pantograph_easy_set_string(easy, CURLOPT_NOPROXY, "") == CURLE_OK
            && pantograph_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK
            && (!settings.url.isSecure || applySecurity(to: easy))
    }

    private func applySecurity(to easy: UnsafeMutableRawPointer) -> Bool {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
        ]
        guard numbers.allSatisfy({ pantograph_easy_set_long(easy, $0, $1) == CURLE_OK }),
            pantograph_easy_set_pointer(easy, CURLOPT_SHARE, share) == CURLE_OK
        else { return false }
        guard let caFile else { return true }
        // Without a directory beside it, the file is in place of the system's certificates, and libcurl keeps what it has
        // parsed of it for all connections.
        return pantograph_easy_set_string(easy, CURLOPT_CAINFO, caFile) == CURLE_OK
            && pantograph_easy_set_string(easy, CURLOPT_CAPATH, nil) == CURLE_OK
    }

    /// Has a handle use connections of one generation (`Rotation`). libcurl shares none between requests whose TLS options differ, and
    /// these mean something to Windows' TLS alone.
    static func tell(_ generation: Int, to easy: UnsafeMutableRawPointer) -> Bool {
        let bits = [CURLSSLOPT_NO_REVOKE, CURLSSLOPT_REVOKE_BEST_EFFORT, CURLSSLOPT_AUTO_CLIENT_CERT]
        let options = bits.indices.reduce(0) { generation >> $1 & 1 == 1 ? $0 | Int(bits[$1]) : $0 }
        return pantograph_easy_set_long(easy, CURLOPT_SSL_OPTIONS, options) == CURLE_OK
    }
}

extension UpstreamSettings {
    /// Whether HTTP/2 is offered to the upstream.
    var usesHTTP2: Bool { url.isSecure && httpVersion != .http1 }
}
