internal import CCurl
internal import Exchange
internal import NIOCore

/// The connections to one upstream on which HTTP/1.1 is framed here: opened by libcurl, kept while they are idle, handed to one
/// call at a time. No more are open than `limit.connections`; calls beyond wait for one in the order they came, no more of them
/// than `limit.in_flight`.
final class Wires {
    /// An idle connection older than this is not trusted: what stands between may have forgotten it. libcurl's own default.
    private static let maximumIdle: UInt64 = 118_000_000_000

    unowned(unsafe) let origin: Origin
    /// For requests that have no `Host`.
    let authority: String
    /// Those that carry nothing, the one used last at the end.
    private var idle: [Wire] = []
    private var waiting = CircularBuffer<Call>()
    /// Connections that are open or being opened.
    private var open = 0
    /// Those that are being opened.
    private var openings = 0
    /// Whether libcurl has anything to do.
    var isOpening: Bool { openings > 0 }
    private var isEnding = false
    /// The socket that libcurl is giving up to us at the moment.
    private(set) var taken: curl_socket_t = -1

    init(_ origin: Origin) {
        self.origin = origin
        authority = origin.settings.url.authority
    }

    func close() {
        isEnding = true
        for wire in idle { wire.close() }
        idle = []
    }

    // MARK: Calls

    /// Gives the call a connection: now, when one has been opened, or when one becomes free.
    func seat(_ call: Call) {
        if let wire = fresh() { return call.carried(by: wire) }
        if open < origin.settings.connections { return begin(for: call) }
        waiting.append(call)
    }

    /// The call needs none any more.
    func forget(_ call: Call) {
        guard let place = waiting.firstIndex(where: { $0 === call }) else { return }
        waiting.remove(at: place)
    }

    /// While `body` runs, nobody who waits is given a connection.
    func withoutSeating(_ body: () -> Void) {
        isEnding = true
        body()
        isEnding = false
    }

    private func fresh() -> Wire? {
        guard let wire = idle.popLast() else { return nil }
        guard isStale(wire) else { return wire }
        // It was the one used last, so that all others are as old.
        let others = idle
        idle = []
        for other in others + [wire] { other.close() }
        return nil
    }

    private func isStale(_ wire: Wire) -> Bool {
        origin.driver.now.nanoseconds(since: wire.idleSince) > Self.maximumIdle
    }

    // MARK: Opening

    private func begin(for call: Call) {
        guard let opening = Opening(origin, for: call) else {
            return origin.end(call, Failure(.protocol, "out of memory"))
        }
        open += 1
        openings += 1
        call.opens(by: opening)
        let code = curl_multi_add_handle(origin.multi, opening.easy)
        if code != CURLM_OK { origin.end(call, Failure(.protocol, LibCurl.text(code))) }
    }

    /// libcurl has opened a connection, or could not.
    func opened(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) {
        guard let opening = Opening.of(easy), let call = opening.call else { return }
        guard code == CURLE_OK, let descriptor = opening.descriptor else { return origin.end(call, opening.failure(code)) }
        openings -= 1
        let peer = (opening.peerAddress, opening.peerPort)
        taken = descriptor
        curl_multi_remove_handle(origin.multi, easy)
        taken = -1
        guard let connection = origin.driver.readiness.settle(&call.opening, descriptor: descriptor) else {
            openings += 1
            return origin.end(call, Failure(.protocol, "libcurl opened another connection than it was given"))
        }
        let wire = Wire(connection, self, peerAddress: peer.0, peerPort: peer.1)
        origin.driver.readiness.adopt(connection, by: wire)
        call.carried(by: wire)
    }

    /// An opening has been given up; its connection, if it had one, has gone with it.
    func abandoned() {
        openings -= 1
        closed()
    }

    // MARK: Wires

    /// The wire can carry another call.
    func free(_ wire: Wire) {
        if !isEnding, !waiting.isEmpty { return waiting.removeFirst().carried(by: wire) }
        wire.idleSince = origin.driver.now
        idle.append(wire)
        if let oldest = idle.first, isStale(oldest) { oldest.close() }
    }

    /// The wire is gone.
    func closed(_ wire: Wire) {
        if let place = idle.firstIndex(where: { $0 === wire }) { idle.remove(at: place) }
        closed()
    }

    private func closed() {
        open -= 1
        guard !isEnding, !waiting.isEmpty else { return }
        begin(for: waiting.removeFirst())
    }
}
