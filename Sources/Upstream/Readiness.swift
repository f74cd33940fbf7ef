internal import CCurl
internal import Glibc
internal import Synchronization

/// Which sockets are watched for what: one epoll for all upstreams, and what it has been told of each descriptor.
///
/// libcurl takes its wish back at the end of every transfer and utters it again at the beginning of the next one on the same
/// connection; reading stays registered in between, which saves two system calls for each request.
final class Readiness {
    struct Event {
        var descriptor: Int32
        /// The upstream whose socket it is.
        var origin: Int
        var isReadable: Bool
        var isWritable: Bool
    }

    /// A socket that was opened to an upstream. Descriptors are used again, the number is not.
    struct Connection {
        let descriptor: Int32
        fileprivate let number: UInt64
    }

    private struct Interest {
        var origin: Int32 = 0
        /// Of the connection that the descriptor is, else 0.
        var number: UInt64 = 0
        /// What epoll has been told.
        var registered: UInt32 = 0
        /// What libcurl, or the wire, wants to hear.
        var wanted: UInt32 = 0
        var isCounted = false
        /// A connection to an upstream, rather than a pair of sockets that the resolver uses.
        var isConnection: Bool { number > 0 }
    }

    static let reading = pantograph_epoll_in()
    static let writing = pantograph_epoll_out()
    static let broken = pantograph_epoll_broken()
    private static let eventsAtOnce = 256
    private static let bellTag = UInt64.max

    private let epoll: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: eventsAtOnce)
    /// By descriptor: as long as the largest one ever seen, so bounded by the process's limit of open files.
    private var interests: [Interest] = []
    private var connections: UInt64 = 0
    private let gauges: [Gauge]

    init(bell: Int32, gauges: [Gauge]) throws(UpstreamClientError) {
        self.gauges = gauges
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
    func opened(_ descriptor: Int32, origin: Int) -> Connection {
        reserve(descriptor)
        uncount(descriptor)
        connections += 1
        interests[Int(descriptor)] = Interest(origin: Int32(origin), number: connections, isCounted: true)
        gauges[origin].connections.wrappingAdd(1, ordering: .relaxed)
        return Connection(descriptor: descriptor, number: connections)
    }

    /// The socket is about to be closed.
    func closing(_ descriptor: Int32) {
        guard descriptor >= 0, Int(descriptor) < interests.count else { return }
        uncount(descriptor)
        register(descriptor, 0)
        interests[Int(descriptor)] = Interest()
    }

    /// The connection has come to nothing. libcurl closes a socket that never became a connection without telling.
    func abandoned(_ connection: Connection) {
        guard interests[Int(connection.descriptor)].number == connection.number else { return }
        uncount(connection.descriptor)
        interests[Int(connection.descriptor)] = Interest()
    }

    /// One of these has become the connection: the one at this port of ours. The others have come to nothing.
    ///
    /// - Returns: that one; nil where it is none of them.
    func settle(_ opening: inout [Connection], localPort: Int32) -> Connection? {
        // Of one alone it need not be asked.
        let isAlone = opening.count == 1
        return settle(&opening) { isAlone || Self.localPort($0.descriptor) == localPort }
    }

    /// The same for the one with this descriptor.
    func settle(_ opening: inout [Connection], descriptor: Int32) -> Connection? { settle(&opening) { $0.descriptor == descriptor } }

    private func settle(_ opening: inout [Connection], _ isConnection: (Connection) -> Bool) -> Connection? {
        var settled: Connection?
        for connection in opening {
            if isConnection(connection) { settled = connection } else { abandoned(connection) }
        }
        opening.removeAll(keepingCapacity: true)
        return settled
    }

    /// Ends a connection that libcurl keeps and is not to use again: it finds it dead, and closes it.
    func shutDown(_ connection: Connection) {
        guard interests[Int(connection.descriptor)].number == connection.number else { return }
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
    }

    /// The connection is another's from here on: it is still counted as open, and no longer watched.
    func handOver(_ descriptor: Int32) {
        register(descriptor, 0)
        interests[Int(descriptor)] = Interest()
    }

    private static func localPort(_ descriptor: Int32) -> Int32? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard code == 0 else { return nil }
        // The port lies at the same place in the addresses of both families.
        return withUnsafeBytes(of: &address) { Int32(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))) }
    }

    private func uncount(_ descriptor: Int32) {
        guard interests[Int(descriptor)].isCounted else { return }
        interests[Int(descriptor)].isCounted = false
        gauges[Int(interests[Int(descriptor)].origin)].connections.wrappingSubtract(1, ordering: .relaxed)
    }

    private func reserve(_ descriptor: Int32) {
        let missing = Int(descriptor) + 1 - interests.count
        guard missing > 0 else { return }
        interests.append(contentsOf: repeatElement(Interest(), count: max(missing, 64)))
    }

    // MARK: What is wanted

    /// - Parameter wanted: `reading` and `writing`, or 0 where libcurl, or the wire, lets go of the descriptor.
    func want(_ wanted: UInt32, of descriptor: Int32, origin: Int) {
        guard descriptor >= 0 else { return }
        reserve(descriptor)
        let place = Int(descriptor)
        interests[place].origin = Int32(origin)
        interests[place].wanted = wanted
        let stays = interests[place].isConnection ? interests[place].registered & Self.reading : 0
        register(descriptor, wanted | stays)
    }

    private func register(_ descriptor: Int32, _ events: UInt32) {
        let interest = interests[Int(descriptor)]
        guard events != interest.registered else { return }
        interests[Int(descriptor)].registered = events
        let tag = UInt64(UInt32(bitPattern: interest.origin)) << 32 | UInt64(UInt32(bitPattern: descriptor))
        guard events != 0 else {
            // Fails where the descriptor is closed already, which took it out.
            _ = pantograph_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0, tag)
            return
        }
        let operation = interest.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        if pantograph_epoll_control(epoll, operation, descriptor, events, tag) == 0 { return }
        // The descriptor may be another one than before. Where the system watches no more, the attempt ends by its timeout.
        let other = operation == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD
        _ = pantograph_epoll_control(epoll, other, descriptor, events, tag)
    }

    // MARK: Waiting

    /// Waits until something happens, at most so long.
    ///
    /// - Parameter milliseconds: -1 for no limit.
    /// - Returns: how many events there are.
    func wait(milliseconds: Int32) -> Int { max(0, Int(epoll_wait(epoll, events, Int32(Self.eventsAtOnce), milliseconds))) }

    /// Hands each event that is wanted to `body`. What nobody wants, because the connection is idle or its transfer paused, is not
    /// listened for any more.
    func handOut(_ count: Int, _ body: (Event) -> Void) {
        for place in 0..<count where events[place].data.u64 != Self.bellTag {
            let descriptor = Int32(truncatingIfNeeded: events[place].data.u64)
            if interests[Int(descriptor)].wanted == 0 {
                register(descriptor, 0)
            } else {
                body(wantedEvent(descriptor, events[place].events))
            }
        }
    }

    private func wantedEvent(_ descriptor: Int32, _ happened: UInt32) -> Event {
        let interest = interests[Int(descriptor)]
        // Reading that is not wanted at the moment is not listened for, or it would come again at once.
        if happened & Self.reading & ~interest.wanted != 0 { register(descriptor, interest.wanted) }
        // An error shows when libcurl next reads or writes, whichever it wants.
        let isBroken = happened & Self.broken != 0
        let isReadable = interest.wanted & Self.reading != 0 && (isBroken || happened & Self.reading != 0)
        let isWritable = interest.wanted & Self.writing != 0 && (isBroken || happened & Self.writing != 0)
        return Event(descriptor: descriptor, origin: Int(interest.origin), isReadable: isReadable, isWritable: isWritable)
    }
}
