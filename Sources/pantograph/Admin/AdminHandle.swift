internal import CCurl
internal import Exchange

/// A handle of libcurl that asks one admin listener: what is the same of an answer that is read whole and of one that goes on.
final class AdminHandle {
    private static let connectTimeout = 5
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK

    let easy: UnsafeMutableRawPointer
    private let bearer: [String]

    /// - Parameter token: what the API wants as `Authorization: Bearer`.
    init(_ address: AdminAddress, token: String?) throws(AskingFault) {
        guard AdminHandle.isLibraryReady, let easy = curl_easy_init() else { throw .unreachable("libcurl could not be set up.") }
        self.easy = easy
        bearer = token.map { ["Authorization: Bearer " + $0] } ?? []
        pantograph_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http")
        pantograph_easy_set_string(easy, CURLOPT_USERAGENT, "pantograph/\(Version.current)")
        // No proxy of the environment: the sidecar is asked itself.
        pantograph_easy_set_string(easy, CURLOPT_PROXY, "")
        if case .unix(let path) = address.place { pantograph_easy_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, path) }
        pantograph_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
        pantograph_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        pantograph_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        pantograph_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT, AdminHandle.connectTimeout)
    }

    deinit { curl_easy_cleanup(easy) }

    /// Sends the request that has been set up, with the token and `fields`, and returns when its answer has ended.
    func perform(_ url: String, fields: [String] = []) -> CURLcode {
        let list = (bearer + fields).reduce(nil) { curl_slist_append($0, $1) }
        defer {
            pantograph_easy_set_pointer(easy, CURLOPT_HTTPHEADER, nil)
            curl_slist_free_all(list)
        }
        pantograph_easy_set_string(easy, CURLOPT_URL, url)
        pantograph_easy_set_pointer(easy, CURLOPT_HTTPHEADER, list)
        return curl_easy_perform(easy)
    }

    /// Of the answer that has come or begun; 0 before.
    var status: Int {
        var status = 0
        pantograph_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }
}
