/// To which of libcurl's connections requests go, so that none carries so many that its upstream ends it.
///
/// An HTTP/2 upstream may end a connection at any time and then says which requests it will not carry out (`GOAWAY`, RFC 9113, 6.8).
/// libcurl 7.88 does not pass that on: such a request looks like one whose connection died, and must not be sent again. nginx
/// ends connections by their number of requests, so these leave one before: a first request has another opened, and once that is
/// there, all that begin go to it.
struct Rotation {
    /// Requests of a connection upon which another takes its place. nginx ends one after 1,000 (`keepalive_requests`); the rest are for
    /// those that begin while the other one is being opened.
    static let requests = 750
    static let generations = 8

    private struct Generation {
        var running = 0
        var connections: [Connection] = []
    }

    private struct Connection {
        let socket: Readiness.Connection
        /// On our side.
        let port: Int32
        var requests = 0
    }

    /// Where requests go that begin now.
    private(set) var current = 0
    /// The generation to which a request has gone ahead.
    private var next: Int?
    private var all = [Generation](repeating: Generation(), count: generations)
    private var unused: [Readiness.Connection] = []

    /// A request begins.
    ///
    /// - Parameter hasRoom: whether another connection may be opened beside those that are. Where none may, all stay: a long stream may
    ///   keep the one that others would wait for.
    /// - Returns: its generation.
    mutating func begin(hasRoom: Bool) -> Int {
        var place = current
        if isDue, hasRoom, next == nil, let free = nextFree() {
            next = free
            place = free
        }
        all[place].running += 1
        return place
    }

    private var isDue: Bool { all[current].connections.contains { $0.requests >= Self.requests } }

    /// nil where long streams keep them all.
    private func nextFree() -> Int? {
        (1..<Self.generations).lazy.map { (current + $0) % Self.generations }.first { all[$0].running == 0 }
    }

    /// A request goes out on a connection that is ready.
    ///
    /// - Parameters:
    ///   - port: the connection's, on our side.
    ///   - socket: of the connection, where it was opened for this request.
    mutating func connected(_ place: Int, port: Int32, opened socket: Readiness.Connection?) {
        if place == next { advance(to: place) }
        if let socket { all[place].connections.append(Connection(socket: socket, port: port)) }
        guard let index = all[place].connections.lastIndex(where: { $0.port == port }) else { return }
        all[place].connections[index].requests += 1
    }

    /// A request is over, whether it has gone out or not.
    mutating func ended(_ place: Int) {
        all[place].running -= 1
        // It never came to a connection: another one is to try.
        if place == next { next = nil }
        if place != current { leave(place) }
    }

    /// A socket is about to be closed.
    mutating func closing(_ descriptor: Int32) {
        for place in all.indices { all[place].connections.removeAll { $0.socket.descriptor == descriptor } }
    }

    /// Connections on which nothing runs and nothing will begin any more.
    mutating func takeUnused() -> [Readiness.Connection] {
        defer { unused = [] }
        return unused
    }

    private mutating func advance(to place: Int) {
        let before = current
        (current, next) = (place, nil)
        leave(before)
    }

    private mutating func leave(_ place: Int) {
        guard all[place].running == 0 else { return }
        unused += all[place].connections.map(\.socket)
        all[place].connections = []
    }
}
