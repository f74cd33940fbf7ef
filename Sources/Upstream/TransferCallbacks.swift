internal import CCurl

/// The functions that libcurl calls for one transfer: each finds the transfer by its context and goes there.
enum TransferCallbacks {
    static func bind(_ easy: UnsafeMutableRawPointer, _ context: UnsafeMutableRawPointer) -> Bool {
        let contexts = [
            CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_PREREQDATA, CURLOPT_OPENSOCKETDATA,
            CURLOPT_RESOLVER_START_DATA,
        ]
        return contexts.allSatisfy { pantograph_easy_set_pointer(easy, $0, context) == CURLE_OK }
            && pantograph_easy_set_transfer_callback(easy, CURLOPT_HEADERFUNCTION, headerLine) == CURLE_OK
            && pantograph_easy_set_transfer_callback(easy, CURLOPT_WRITEFUNCTION, answerBody) == CURLE_OK
            && pantograph_easy_set_transfer_callback(easy, CURLOPT_READFUNCTION, requestBody) == CURLE_OK
            && pantograph_easy_set_prerequest_callback(easy, connectionReady) == CURLE_OK
            && pantograph_easy_set_opensocket_callback(easy, openSocket) == CURLE_OK
            && pantograph_easy_set_resolver_start_callback(easy, resolverStarts) == CURLE_OK
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func headerLine(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    transfer(context)?.received(line: UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
}

private func answerBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    // libcurl calls with nothing where an answer's body is empty; anything but "nothing taken" would be an error.
    guard count > 0 else { return 0 }
    return transfer(context)?.received(body: UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
}

private func requestBody(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    transfer(context)?.provide(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? Int(CURL_READFUNC_ABORT)
}

private func connectionReady(
    _ context: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
    _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
    let goesOn = transfer(context)?.connected(peer: remote, port: remotePort, localPort: localPort) ?? false
    return goesOn ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
}

private func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let transfer = transfer(context), let address else { return -1 }
    transfer.connecting()
    return transfer.curl.openSocket(address.pointee, for: &transfer.sockets)
}

private func resolverStarts(
    _ state: UnsafeMutableRawPointer?, _ reserved: UnsafeMutableRawPointer?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
    transfer(context)?.connecting()
    return 0
}
