internal import CCurl
internal import Glibc

/// Which sockets are watched for what: one epoll for all upstreams, and what it has been told of each descriptor.
///
/// libcurl takes its wish back at the end of every transfer and utters it again at the beginning of the next one on the same
/// connection. Reading stays registered in between, which saves two system calls for each request. An event that nobody wants
/// is then either a connection that is paused, or an idle one on which something unsolicited happened.
final class Readiness {
    struct Event {
        var descriptor: Int32
        /// The upstream whose socket it is; nil for the mailbox's bell.
        var origin: Int?
        var isReadable: Bool
        var isWritable: Bool
    }

    private struct Interest {
        var origin: Int32 = 0
        /// What epoll has been told.
        var registered: UInt32 = 0
        /// What libcurl wants to hear.
        var wanted: UInt32 = 0
        /// A connection to an upstream, rather than a pair of sockets that the resolver uses.
        var isConnection = false
        /// Its transfer is paused: what is readable belongs to an answer.
        var isHeld = false
        /// Anything that comes while no transfer uses it ends it.
        var mustBeSilent = false
        var isCounted = false
    }

    static let reading = pantograph_epoll_in()
    static let writing = pantograph_epoll_out()
    private static let broken = pantograph_epoll_broken()
    private static let eventsAtOnce = 256
    private static let bellTag = UInt64.max

    private let epoll: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: eventsAtOnce)
    /// By descriptor: as long as the largest one ever seen, so bounded by the process's limit of open files.
    private var interests: [Interest] = []

    init(bell: Int32) throws(UpstreamClientError) {
        epoll = pantograph_epoll_create()
        guard epoll >= 0, pantograph_epoll_control(epoll, EPOLL_CTL_ADD, bell, Self.reading | EPOLLET.rawValue, Self.bellTag) == 0
        else { throw .system(what: "epoll", reason: String(cString: strerror(errno))) }
    }

    deinit {
        close(epoll)
        events.deallocate()
    }

    // MARK: Connections

    /// A socket has been opened to an upstream.
    ///
    /// - Parameter mustBeSilent: whether the protocol allows nothing to come while no request is under way (cleartext HTTP/1.1).
    func opened(_ descriptor: Int32, origin: Int, mustBeSilent: Bool) {
        reserve(descriptor)
        interests[Int(descriptor)] = Interest(origin: Int32(origin), isConnection: true, mustBeSilent: mustBeSilent, isCounted: true)
    }

    /// The socket is about to be closed; whether it still counted as an open connection.
    func closing(_ descriptor: Int32) -> Bool {
        guard descriptor >= 0, Int(descriptor) < interests.count else { return false }
        let wasCounted = interests[Int(descriptor)].isCounted
        register(descriptor, 0)
        interests[Int(descriptor)] = Interest()
        return wasCounted
    }

    private func reserve(_ descriptor: Int32) {
        let missing = Int(descriptor) + 1 - interests.count
        if missing > 0 { interests.append(contentsOf: repeatElement(Interest(), count: max(missing, 64))) }
    }

    // MARK: What libcurl wants

    /// - Parameters:
    ///   - wanted: `reading` and `writing`, or 0 where libcurl lets go of the descriptor.
    ///   - isHeld: of the latter, whether it is because the transfer is paused.
    func want(_ wanted: UInt32, of descriptor: Int32, origin: Int, isHeld: Bool) {
        guard descriptor >= 0 else { return }
        reserve(descriptor)
        let place = Int(descriptor)
        interests[place].origin = Int32(origin)
        interests[place].wanted = wanted
        interests[place].isHeld = isHeld
        let stays = interests[place].isConnection ? interests[place].registered & Self.reading : 0
        register(descriptor, wanted | stays)
    }

    private func register(_ descriptor: Int32, _ events: UInt32) {
        let interest = interests[Int(descriptor)]
        guard events != interest.registered else { return }
        let operation = interest.registered == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD
        let tag = UInt64(UInt32(bitPattern: interest.origin)) << 32 | UInt64(UInt32(bitPattern: descriptor))
        let failed = pantograph_epoll_control(epoll, operation, descriptor, events, tag) != 0
        // Where adding fails (the system's bound of watches), the attempt ends by its timeout; nothing is recorded as watched.
        interests[Int(descriptor)].registered = failed && operation != EPOLL_CTL_DEL ? interest.registered : events
    }

    // MARK: Waiting

    /// Waits until something happens, at most so long, and hands each event that is wanted to `body`.
    ///
    /// - Parameters:
    ///   - milliseconds: -1 for no limit.
    ///   - lost: called with the upstream of an idle connection that came to its end.
    func wait(milliseconds: Int32, _ body: (Event) -> Void, lost: (Int) -> Void) {
        let count = epoll_wait(epoll, events, Int32(Self.eventsAtOnce), milliseconds)
        guard count > 0 else { return }
        for place in 0..<Int(count) where events[place].data.u64 != Self.bellTag {
            let descriptor = Int32(truncatingIfNeeded: events[place].data.u64)
            if let event = wantedEvent(descriptor, events[place].events) {
                body(event)
            } else if endIfIdle(descriptor) {
                lost(Int(interests[Int(descriptor)].origin))
            }
        }
    }

    /// What of this event libcurl wants to hear. What it does not is not listened for any more, or it would come again at once.
    private func wantedEvent(_ descriptor: Int32, _ happened: UInt32) -> Event? {
        let interest = interests[Int(descriptor)]
        // An error shows when libcurl next reads or writes, whichever it wants.
        let isBroken = happened & Self.broken != 0
        let isReadable = interest.wanted & Self.reading != 0 && (isBroken || happened & Self.reading != 0)
        let isWritable = interest.wanted & Self.writing != 0 && (isBroken || happened & Self.writing != 0)
        if happened & Self.reading & ~interest.wanted != 0 || interest.wanted == 0 { register(descriptor, interest.wanted) }
        guard isReadable || isWritable else { return nil }
        return Event(descriptor: descriptor, origin: Int(interest.origin), isReadable: isReadable, isWritable: isWritable)
    }

    /// An idle connection has been closed by the upstream, or bytes came on it that answer no request and would be taken for
    /// the answer of the next (libcurl 7.88 would use it again): shut down and emptied, libcurl sees that it is dead.
    private func endIfIdle(_ descriptor: Int32) -> Bool {
        let interest = interests[Int(descriptor)]
        guard interest.isConnection, interest.mustBeSilent, interest.wanted == 0, !interest.isHeld, interest.isCounted else { return false }
        interests[Int(descriptor)].isCounted = false
        shutdown(descriptor, Int32(SHUT_RDWR))
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { bytes in
            // What the socket holds is bounded by its receive buffer, and nothing is added after the shutdown.
            while recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
        return true
    }
}
