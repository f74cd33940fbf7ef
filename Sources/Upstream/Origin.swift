internal import CCurl
internal import Exchange
internal import Glibc

/// One upstream on the upstream thread: a multi handle with connections of its own, so that an upstream that misbehaves
/// takes nothing away from another, and the carriers that use it.
///
/// **Who carries.** An upstream without TLS is called with HTTP/1.1, which is framed here, on connections that libcurl opens
/// (`Call`, `Wires`): a request then costs what its system calls cost. With TLS, libcurl negotiates the protocol and carries
/// the whole request (`Transfer`). `wires` is where that is decided.
final class Origin {
    let index: Int
    let settings: UpstreamSettings
    let times: Times
    let options: EasyOptions
    let gauge: Gauge
    unowned(unsafe) let driver: Driver
    let multi: UnsafeMutableRawPointer
    /// The connections of an upstream without TLS; nil where libcurl carries requests as a whole.
    private(set) var wires: Wires?
    /// Every carrier there is; idle ones too.
    private var carriers: [Carrier] = []
    /// Carriers to be used again. As many are kept as can have a connection: others were waiting only.
    private var idle: [Carrier] = []
    /// When libcurl wants to be called without anything having happened on a socket.
    var timerDue: MonotonicTime?
    private var lastPeer = ""
    private var isClosed = false

    init(_ settings: UpstreamSettings, index: Int, gauge: Gauge, driver: Driver, wholly: Bool) throws(UpstreamClientError) {
        self.index = index
        self.settings = settings
        times = Times(settings.timeouts)
        self.gauge = gauge
        self.driver = driver
        let isSecure = settings.url.isSecure
        let url = try Self.parse(settings)
        guard let multi = curl_multi_init() else { throw .system(what: "memory", reason: "libcurl could not make a handle") }
        self.multi = multi
        let share = isSecure ? Self.makeShare() : nil
        options = EasyOptions(
            settings: settings, url: url, share: share, caFile: isSecure ? settings.tls.caFile ?? LibCurl.defaultCAFile() : nil)
        OriginCallbacks.bind(self)
        if !isSecure, !wholly { wires = Wires(self) }
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
        idle = []
        carriers = []
        wires?.close()
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

    // MARK: Starting and ending

    func start(_ attempt: Attempt) {
        guard let carrier = idle.popLast() ?? make() else {
            return Self.refuse(attempt, Failure(.protocol, "out of memory"), driver)
        }
        guard let failure = carrier.begin(attempt) else { return }
        carrier.letGo(isSound: true)
        carrier.leave()
        recycle(carrier, isSound: true)
        Self.refuse(attempt, failure, driver)
    }

    private func make() -> Carrier? {
        guard let carrier = wires.map({ Call($0) }) ?? Transfer(using: self) else { return nil }
        carrier.place = carriers.count
        carriers.append(carrier)
        return carrier
    }

    /// Ends an attempt that has not been on the wire.
    static func refuse(_ attempt: Attempt, _ failure: Failure, _ driver: Driver) {
        attempt.close()
        driver.outbox.add(.ended(.refused(attempt, failure)), for: attempt, at: driver.now)
    }

    /// Ends an attempt that has not come to its end by itself; nothing where there is none.
    func end(_ carrier: Carrier, _ failure: Failure) { settle(carrier, failure, isSound: false) }

    func endAll(_ failure: Failure) {
        let all = { for carrier in self.carriers { self.end(carrier, failure) } }
        if let wires { wires.withoutSeating(all) } else { all() }
    }

    /// - Parameters:
    ///   - failure: nil where there is a whole answer.
    ///   - isSound: whether carrier and connection may be used again.
    func settle(_ carrier: Carrier, _ failure: Failure?, isSound: Bool) {
        guard let attempt = carrier.attempt else { return }
        let outcome = carrier.outcome(failure)
        carrier.letGo(isSound: isSound)
        carrier.leave()
        recycle(carrier, isSound: isSound)
        attempt.close()
        driver.outbox.add(.ended(outcome), for: attempt, at: driver.now)
    }

    /// Keeps a carrier for the next attempt. A handle whose transfer broke off is not trusted with another.
    private func recycle(_ carrier: Carrier, isSound: Bool) {
        if isSound, idle.count < settings.connections { return idle.append(carrier) }
        driver.deadlines.remove(carrier)
        let last = carriers.removeLast()
        guard last !== carrier else { return }
        carriers[carrier.place] = last
        last.place = carrier.place
    }

    // MARK: Driving libcurl

    /// Something happened on a socket.
    func act(on event: Readiness.Event) {
        let bits = (event.isReadable ? CURL_CSELECT_IN : 0) | (event.isWritable ? CURL_CSELECT_OUT : 0)
        act(event.descriptor, bits)
    }

    private func act(_ descriptor: curl_socket_t, _ bits: Int32) {
        var running: Int32 = 0
        let code = curl_multi_socket_action(multi, descriptor, bits, &running)
        if code != CURLM_OK { endAll(Failure(.protocol, "libcurl: \(LibCurl.text(code))")) }
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
            if let wires {
                wires.opened(easy, code)
            } else if let transfer = Self.transfer(of: easy) {
                settle(transfer, transfer.failure(code), isSound: code == CURLE_OK)
            }
        }
    }

    static func transfer(of easy: UnsafeMutableRawPointer?) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        guard let easy, pantograph_easy_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Sockets

    /// Opens a socket for an attempt, unless the system refuses.
    func openSocket(_ address: curl_sockaddr, for carrier: Carrier) -> curl_socket_t {
        let descriptor = socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        guard descriptor >= 0 else { return descriptor }
        carrier.opening.append(driver.readiness.opened(descriptor, origin: index))
        return descriptor
    }

    func closeSocket(_ descriptor: curl_socket_t) -> Int32 {
        // libcurl lets go of a connection that it has opened for us.
        if descriptor == wires?.taken { return 0 }
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
