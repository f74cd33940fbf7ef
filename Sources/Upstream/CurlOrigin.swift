internal import CCurl
internal import Exchange
internal import Glibc

/// One upstream on the upstream thread: a multi handle with connections of its own, so that an upstream that misbehaves takes
/// nothing away from another. It carries requests as a whole where that is libcurl's to do, and opens connections for all others: those
/// of the event loops, without TLS, and those of its own `wires`.
final class CurlOrigin: Origin {
    let options: EasyOptions
    unowned(unsafe) let driver: Driver
    let multi: UnsafeMutableRawPointer
    /// Where requests with TLS go that are HTTP/1.1; nil where there are none such.
    private(set) var wires: SecureWires?
    private var spoken = Spoken.unknown
    var rotation = Rotation()
    /// When libcurl wants to be called without anything having happened on a socket.
    var timerDue: MonotonicTime?
    /// The socket that libcurl is giving up to us at the moment.
    private var taken: curl_socket_t = -1
    /// Connections that are being opened: as many as `limit.connections` at most, since an event loop takes a seat before it orders.
    private var openings: [ObjectIdentifier: Opening] = [:]
    private var lastPeer = ""
    private var isClosed = false

    /// - Parameter wholly: whether libcurl carries every request as a whole.
    init(_ settings: UpstreamSettings, index: Int, gauge: Gauge, driver: Driver, wholly: Bool) throws(UpstreamClientError) {
        self.driver = driver
        let isSecure = settings.url.isSecure
        let url = try Self.parse(settings)
        guard let multi = curl_multi_init() else { throw .system(what: "memory", reason: "libcurl could not make a handle") }
        self.multi = multi
        let share = isSecure ? Self.makeShare() : nil
        options = EasyOptions(
            settings: settings, url: url, share: share, caFile: isSecure ? settings.tls.caFile ?? LibCurl.defaultCAFile() : nil)
        super.init(settings, index: index, gauge: gauge, ground: driver)
        OriginCallbacks.bind(self)
        if isSecure, !wholly { wires = SecureWires(self) }
    }

    deinit {
        close()
        if let share = options.share { curl_share_cleanup(share) }
        curl_url_cleanup(options.url)
    }

    /// Frees the handles and closes every connection. Nothing may be started after it.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        wires?.close()
        forgetCarriers()
        openings = [:]
        curl_multi_cleanup(multi)
    }

    private static func parse(_ settings: UpstreamSettings) throws(UpstreamClientError) -> OpaquePointer {
        guard let url = curl_url() else { throw .system(what: "memory", reason: "libcurl could not make a URL") }
        let code = curl_url_set(url, CURLUPART_URL, settings.url.origin, 0)
        guard code == CURLUE_OK else {
            curl_url_cleanup(url)
            throw .url(upstream: settings.name, url: settings.url.description, reason: String(cString: curl_url_strerror(code)))
        }
        return url
    }

    /// TLS sessions shared by the handles. Without locks, since one thread uses them all.
    private static func makeShare() -> UnsafeMutableRawPointer? {
        guard let share = curl_share_init() else { return nil }
        _ = pantograph_share_set_long(share, CURLSHOPT_SHARE, Int(CURL_LOCK_DATA_SSL_SESSION.rawValue))
        return share
    }

    override func makeCarrier() -> Carrier? { Transfer(using: self) }

    // MARK: What is spoken

    /// Which HTTP the upstream chose of those that it was offered.
    private enum Spoken {
        case unknown
        case http1(since: MonotonicTime)
        case http2
    }

    /// Nanoseconds until an upstream that chose HTTP/1.1 is offered HTTP/2 again, by one request.
    private static let trust: UInt64 = 600_000_000_000
    private var isOffering = false

    /// Who carries a request that is about to start: whether HTTP/1.1 is framed here or libcurl does it all.
    func choose() -> Origin {
        guard let wires else { return self }
        guard settings.usesHTTP2 else { return wires }
        guard case .http1(let since) = spoken else { return self }
        guard !isOffering, driver.now.nanoseconds(since: since) > Self.trust else { return wires }
        // It needs a connection of libcurl's own.
        guard !isFull || wires.giveOneUp() else { return wires }
        isOffering = true
        return self
    }

    /// A request that libcurl carried is over.
    ///
    /// - Parameter version: of the answer; nil without one.
    func heard(_ version: String?) {
        isOffering = false
        guard let wires, settings.usesHTTP2, let version else { return }
        // libcurl keeps no more than one of its own connections where they are not used, or as many as it may have.
        if version == "1.1" {
            spoken = .http1(since: driver.now)
            pantograph_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 1)
        } else if case .http1 = spoken {
            spoken = .http2
            wires.closeIdle()
            pantograph_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.connections)
        }
    }

    // MARK: Generations of connections

    /// A request that libcurl carries is about to start.
    ///
    /// - Returns: of which connections it goes out on one; nil where that is all the same.
    func beginGeneration() -> Int? { settings.usesHTTP2 ? rotation.begin(hasRoom: !isFull) : nil }

    /// It is over.
    func left(_ generation: Int) {
        rotation.ended(generation)
        for connection in rotation.takeUnused() { driver.readiness.shutDown(connection) }
    }

    // MARK: Driving libcurl

    /// Something happened on a socket.
    func act(on event: Readiness.Event) {
        if let wire = wires?.wire(of: event.descriptor) { return wire.act(on: event) }
        let bits = (event.isReadable ? CURL_CSELECT_IN : 0) | (event.isWritable ? CURL_CSELECT_OUT : 0)
        act(event.descriptor, bits)
    }

    private func act(_ descriptor: curl_socket_t, _ bits: Int32) {
        var running: Int32 = 0
        let code = curl_multi_socket_action(multi, descriptor, bits, &running)
        guard code != CURLM_OK else { return }
        let failure = Failure(.protocol, "libcurl: \(LibCurl.text(code))")
        endAll(failure)
        for opening in openings.values { finish(opening, .failure(failure)) }
    }

    /// Lets libcurl do what is due by its timer: also how it starts a transfer that was added.
    func runTimer() {
        var rounds = 0
        while let due = timerDue, due <= driver.now, rounds < 4 {
            rounds += 1
            timerDue = nil
            act(-1, 0)
            var left = -1
            // libcurl does not repeat a time it has named already.
            if timerDue == nil, curl_multi_timeout(multi, &left) == CURLM_OK, left >= 0 { setTimer(max(1, left)) }
        }
    }

    /// - Parameter milliseconds: negative: there is nothing to wait for.
    func setTimer(_ milliseconds: Int) {
        timerDue = milliseconds < 0 ? nil : driver.now.advanced(by: .milliseconds(milliseconds))
    }

    /// Sees to every transfer that libcurl has finished.
    func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            switch Self.user(of: easy) {
            case let transfer as Transfer:
                // libcurl may have been at work for long since the round began.
                driver.now = .now()
                settle(transfer, transfer.failure(code), isSound: code == CURLE_OK)
            case let opening as Opening: opened(opening, code)
            default: break
            }
        }
    }

    /// What uses the handle: a `Transfer` or an `Opening`.
    private static func user(of easy: UnsafeMutableRawPointer) -> AnyObject? {
        var context: UnsafeMutableRawPointer?
        guard pantograph_easy_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Connections to be used elsewhere

    /// Opens a connection as ordered, or gives it up where the order has been withdrawn.
    func obey(_ order: ConnectionOrder) {
        let key = ObjectIdentifier(order)
        guard !order.isWithdrawn else { return openings[key] = nil }
        guard let opening = Opening(self, for: order) else { return order.answer(.failure(Failure(.protocol, "out of memory"))) }
        openings[key] = opening
        let code = curl_multi_add_handle(multi, opening.easy)
        if code != CURLM_OK { finish(opening, .failure(Failure(.protocol, LibCurl.text(code)))) }
    }

    /// libcurl has opened a connection, or could not.
    private func opened(_ opening: Opening, _ code: CURLcode) {
        guard code == CURLE_OK, let descriptor = opening.descriptor else { return finish(opening, .failure(opening.failure(code))) }
        guard driver.readiness.settle(&opening.sockets, descriptor: descriptor) != nil else {
            return finish(opening, .failure(Failure(.protocol, "libcurl opened another connection than it was given")))
        }
        let connection = OpenConnection(
            descriptor: descriptor, peerAddress: opening.peerAddress, peerPort: opening.peerPort, opening: settings.url.isSecure ? opening : nil)
        if connection.opening == nil { giveUp(opening, descriptor) }
        finish(opening, .success(connection))
    }

    /// Makes the connection another's.
    private func giveUp(_ opening: Opening, _ descriptor: curl_socket_t) {
        driver.readiness.handOver(descriptor)
        taken = descriptor
        curl_multi_remove_handle(multi, opening.easy)
        taken = -1
    }

    private func finish(_ opening: Opening, _ result: Result<OpenConnection, Failure>) {
        openings[ObjectIdentifier(opening.order)] = nil
        opening.order.answer(result)
    }

    // MARK: Sockets

    /// Opens a socket, unless the system refuses.
    func openSocket(_ address: curl_sockaddr, for sockets: inout [Readiness.Connection]) -> curl_socket_t {
        let descriptor = socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        guard descriptor >= 0 else { return descriptor }
        sockets.append(driver.readiness.opened(descriptor, origin: index))
        return descriptor
    }

    func closeSocket(_ descriptor: curl_socket_t) -> Int32 {
        // libcurl lets go of a connection that it has opened for us.
        if descriptor == taken { return 0 }
        rotation.closing(descriptor)
        driver.readiness.closing(descriptor)
        return Glibc.close(descriptor)
    }

    /// The upstream's address as text. It seldom changes, so the text is made once.
    func peerName(_ text: UnsafePointer<CChar>?) -> String? {
        guard let text else { return nil }
        if lastPeer.withCString({ strcmp($0, text) }) != 0 { lastPeer = String(cString: text) }
        return lastPeer
    }
}
