internal import CCurl
internal import Exchange

/// A connection that libcurl opens for calls that are framed here: it resolves the name, tries the addresses, connects and, with TLS,
/// verifies whom to, and sends nothing by itself.
///
/// Its address is given to libcurl as the context of the callbacks: its origin, or the wire that was made of it, owns it until it has
/// been removed.
final class Opening {
    let easy: UnsafeMutableRawPointer
    let order: ConnectionOrder
    /// The sockets opened, while none of them is the connection yet.
    var sockets: [Readiness.Connection] = []
    private unowned(unsafe) let origin: CurlOrigin
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init?(_ origin: CurlOrigin, for order: ConnectionOrder) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.origin = origin
        self.order = order
        errorText.pointee = 0
        let context = Unmanaged.passUnretained(self).toOpaque()
        guard origin.options.apply(to: easy), OriginCallbacks.bind(easy, to: origin),
            pantograph_easy_set_long(easy, CURLOPT_CONNECT_ONLY, 1) == CURLE_OK,
            // Nothing else is to be negotiated, nor is there another connection to wait for.
            pantograph_easy_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)) == CURLE_OK,
            pantograph_easy_set_long(easy, CURLOPT_PIPEWAIT, 0) == CURLE_OK,
            pantograph_easy_set_pointer(easy, CURLOPT_PRIVATE, context) == CURLE_OK,
            pantograph_easy_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText) == CURLE_OK,
            pantograph_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context) == CURLE_OK,
            pantograph_easy_set_opensocket_callback(easy, openSocketForOrder) == CURLE_OK
        else { return nil }
    }

    deinit {
        // Closes the connection, unless it has been taken.
        curl_multi_remove_handle(origin.multi, easy)
        curl_easy_cleanup(easy)
        errorText.deallocate()
        for socket in sockets { origin.driver.readiness.abandoned(socket) }
    }

    // MARK: What came of it

    /// The connection's socket.
    var descriptor: Int32? {
        var descriptor: curl_socket_t = -1
        guard pantograph_easy_get_socket(easy, CURLINFO_ACTIVESOCKET, &descriptor) == CURLE_OK, descriptor >= 0 else { return nil }
        return descriptor
    }

    var peerAddress: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard pantograph_easy_get_string(easy, CURLINFO_PRIMARY_IP, &text) == CURLE_OK else { return nil }
        return origin.peerName(text)
    }

    var peerPort: Int {
        var port = 0
        _ = pantograph_easy_get_long(easy, CURLINFO_PRIMARY_PORT, &port)
        return port
    }

    func failure(_ code: CURLcode) -> Failure {
        var systemError = 0
        if code == CURLE_COULDNT_CONNECT { _ = pantograph_easy_get_long(easy, CURLINFO_OS_ERRNO, &systemError) }
        return Failure(code, words: String(cString: errorText), systemError: Int32(truncatingIfNeeded: systemError), isConnected: false)
    }

    /// What libcurl says of a failure to send or to receive.
    func words(_ code: CURLcode) -> String { LibCurl.text(code, String(cString: errorText)) }

    fileprivate func openSocket(_ address: curl_sockaddr) -> curl_socket_t { origin.openSocket(address, for: &sockets) }
}

private func openSocketForOrder(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return -1 }
    return Unmanaged<Opening>.fromOpaque(context).takeUnretainedValue().openSocket(address.pointee)
}
