internal import Exchange

/// One upstream on one ground, and the carriers that call it from there.
///
/// **Who carries.** HTTP/1.1 is framed here, on connections that libcurl opens (`Wires`): without TLS they live on the event loop of
/// those who call (`LoopWires`), so that a request costs what its system calls cost and wakes no other thread; with TLS on the upstream
/// thread, where libcurl verifies, encrypts and decrypts (`SecureWires`). HTTP/2, and what is not known to be HTTP/1.1 yet, is carried by
/// libcurl as a whole (`CurlOrigin`). `UpstreamClient` decides by TLS, and `CurlOrigin.choose` by what an upstream with TLS speaks.
class Origin {
    let index: Int
    let settings: UpstreamSettings
    let times: Times
    let gauge: Gauge
    /// It outlives its origins: what they own refers back without counting.
    unowned(unsafe) let ground: Ground
    /// Every carrier there is; idle ones too.
    private var carriers: [Carrier] = []
    /// Carriers to be used again. As many are kept as can have a connection: others were waiting only.
    private var idle: [Carrier] = []

    init(_ settings: UpstreamSettings, index: Int, gauge: Gauge, ground: Ground) {
        self.index = index
        self.settings = settings
        times = Times(settings.timeouts)
        self.gauge = gauge
        self.ground = ground
    }

    // MARK: What each does in its own way

    /// A new carrier; nil where there is no memory for it.
    func makeCarrier() -> Carrier? { nil }

    /// Whether as many connections are open as may be.
    var isFull: Bool { gauge.connections.load(ordering: .relaxed) >= settings.connections }

    // MARK: Starting and ending

    final func start(_ attempt: Attempt) {
        guard let carrier = idle.popLast() ?? make() else { return ground.refuse(attempt, Failure(.protocol, "out of memory")) }
        guard let failure = carrier.begin(attempt) else { return }
        carrier.letGo(isSound: true)
        carrier.leave()
        recycle(carrier, isSound: true)
        ground.refuse(attempt, failure)
    }

    private func make() -> Carrier? {
        guard let carrier = makeCarrier() else { return nil }
        carrier.place = carriers.count
        carriers.append(carrier)
        return carrier
    }

    /// Ends an attempt that has not come to its end by itself; nothing where there is none.
    final func end(_ carrier: Carrier, _ failure: Failure) { settle(carrier, failure, isSound: false) }

    final func endAll(_ failure: Failure) {
        for carrier in carriers { end(carrier, failure) }
    }

    /// - Parameters:
    ///   - failure: nil where there is a whole answer.
    ///   - isSound: whether carrier and connection may be used again.
    final func settle(_ carrier: Carrier, _ failure: Failure?, isSound: Bool) {
        guard let attempt = carrier.leave() else { return }
        let outcome = carrier.outcome(failure)
        carrier.letGo(isSound: isSound)
        recycle(carrier, isSound: isSound)
        attempt.close()
        carrier.ground.tell(outcome, of: attempt)
    }

    /// Keeps a carrier for the next attempt. A handle whose transfer broke off is not trusted with another.
    private func recycle(_ carrier: Carrier, isSound: Bool) {
        if isSound, idle.count < settings.connections { return idle.append(carrier) }
        ground.deadlines.remove(carrier)
        let last = carriers.removeLast()
        guard last !== carrier else { return }
        carriers[carrier.place] = last
        last.place = carrier.place
    }

    /// Lets go of every carrier, none of which has an attempt any more.
    final func forgetCarriers() {
        for carrier in carriers { ground.deadlines.remove(carrier) }
        idle = []
        carriers = []
    }
}
