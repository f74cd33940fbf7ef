internal import CCurl

/// The functions that libcurl calls for one multi handle.
enum OriginCallbacks {
    static func bind(_ origin: CurlOrigin) {
        let context = Unmanaged.passUnretained(origin).toOpaque()
        let connections = origin.settings.connections
        pantograph_multi_set_pointer(origin.multi, CURLMOPT_SOCKETDATA, context)
        pantograph_multi_set_pointer(origin.multi, CURLMOPT_TIMERDATA, context)
        pantograph_multi_set_socket_callback(origin.multi, socketWanted)
        pantograph_multi_set_timer_callback(origin.multi, timerWanted)
        pantograph_multi_set_long(origin.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
        // Kept connections are never fewer than live ones, or each request would close one and open another.
        pantograph_multi_set_long(origin.multi, CURLMOPT_MAXCONNECTS, connections)
    }

    /// Closing outlives the transfer that opened the connection, so its context is the upstream.
    static func bind(_ easy: UnsafeMutableRawPointer, to origin: CurlOrigin) -> Bool {
        let context = Unmanaged.passUnretained(origin).toOpaque()
        return pantograph_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, context) == CURLE_OK
            && pantograph_easy_set_closesocket_callback(easy, closeSocket) == CURLE_OK
    }
}

private func origin(_ context: UnsafeMutableRawPointer?) -> CurlOrigin? {
    context.map { Unmanaged<CurlOrigin>.fromOpaque($0).takeUnretainedValue() }
}

private func socketWanted(
    _ easy: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let origin = origin(context) else { return 0 }
    let wanted: UInt32 =
        switch what {
        case CURL_POLL_IN: Readiness.reading
        case CURL_POLL_OUT: Readiness.writing
        case CURL_POLL_INOUT: Readiness.reading | Readiness.writing
        default: 0
        }
    origin.driver.readiness.want(wanted, of: descriptor, origin: origin.index)
    return 0
}

private func timerWanted(_ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    origin(context)?.setTimer(milliseconds)
    return 0
}

private func closeSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
    origin(context)?.closeSocket(descriptor) ?? -1
}
