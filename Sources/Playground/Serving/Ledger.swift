import NIOHTTP1
import NIOCore
import Synchronization

/// What a scripted server has seen: counts since the start or the last reset, and the latest requests. Shared by all its loops.
final class Ledger: Sendable {
    /// A request's place in the ledger.
    struct Ticket: Sendable {
        fileprivate var generation: Int
        fileprivate var number: Int
    }

    struct Counts: Encodable, Sendable {
        /// Heads seen; those of control requests are not among them.
        var requests = 0
        /// Whole answers handed to the socket.
        var answered = 0
        /// Heads that were no HTTP.
        var malformed = 0
        /// Final heads handed to the socket, by status.
        var by_status: [String: Int] = [:]
        var by_method: [String: Int] = [:]
        var connections_open = 0
        var connections_accepted = 0
    }

    struct Recorded: Encodable, Sendable {
        var n: Int
        var method: String
        var target: String
        /// Name and value, in order.
        var headers: [[String]]
        var body_bytes: Int
        var body_sha256: String
        /// Whether the whole body came.
        var complete: Bool
    }

    private struct Entry {
        var number: Int
        var head: HTTPRequestHead
        var bodyBytes = 0
        var digest = SHA256().hexadecimal()
        var isComplete = false
    }

    private struct State {
        var generation = 0
        var requests = 0
        var answered = 0
        var malformed = 0
        var byStatus = [Int](repeating: 0, count: 1000)
        var byMethod: [String: Int] = [:]
        var open = 0
        var accepted = 0
        var entries = CircularBuffer<Entry>()
    }

    /// Requests kept, the latest; 0 for none.
    let capacity: Int
    /// Methods that are counted by name; what comes beyond is `_OTHER`.
    private let methodBound = 32
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    // MARK: What happens

    func connectionOpened() {
        state.withLock {
            $0.open += 1
            $0.accepted += 1
        }
    }

    func connectionClosed() { state.withLock { $0.open -= 1 } }

    func malformed() { state.withLock { $0.malformed += 1 } }

    func seen(_ head: HTTPRequestHead) -> Ticket {
        let method = head.method.rawValue
        return state.withLock { state in
            state.requests += 1
            let isCounted = state.byMethod[method] != nil || state.byMethod.count < methodBound
            state.byMethod[isCounted ? method : "_OTHER", default: 0] += 1
            if capacity > 0 {
                if state.entries.count >= capacity { state.entries.removeFirst() }
                state.entries.append(Entry(number: state.requests, head: head))
            }
            return Ticket(generation: state.generation, number: state.requests)
        }
    }

    /// The body came whole, or broke off after `bytes`.
    func bodyEnded(_ ticket: Ticket, bytes: Int, digest: String, isComplete: Bool) {
        state.withLock { state in
            guard ticket.generation == state.generation, let first = state.entries.first, ticket.number >= first.number else { return }
            let place = state.entries.index(state.entries.startIndex, offsetBy: ticket.number - first.number)
            state.entries[place].bodyBytes = bytes
            state.entries[place].digest = digest
            state.entries[place].isComplete = isComplete
        }
    }

    func headSent(status: Int) { state.withLock { $0.byStatus[status] += 1 } }

    func answered() { state.withLock { $0.answered += 1 } }

    /// Both at once, for an answer that goes out in one piece.
    func answeredWhole(status: Int) {
        state.withLock {
            $0.byStatus[status] += 1
            $0.answered += 1
        }
    }

    /// Starts counting and recording anew; requests that are under way are no longer counted as they end.
    func reset() {
        state.withLock { state in
            let open = state.open
            let generation = state.generation + 1
            state = State()
            state.open = open
            state.generation = generation
        }
    }

    // MARK: What is told

    var counts: Counts {
        state.withLock { state in
            var counts = Counts()
            counts.requests = state.requests
            counts.answered = state.answered
            counts.malformed = state.malformed
            for (status, count) in state.byStatus.enumerated() where count > 0 { counts.by_status[String(status)] = count }
            counts.by_method = state.byMethod
            counts.connections_open = state.open
            counts.connections_accepted = state.accepted
            return counts
        }
    }

    /// The oldest that are kept first, at most `limit` of them.
    func recorded(limit: Int) -> [Recorded] {
        state.withLock { state in
            state.entries.prefix(limit).map { entry in
                Recorded(
                    n: entry.number, method: entry.head.method.rawValue, target: entry.head.uri,
                    headers: entry.head.headers.map { [$0.name, $0.value] }, body_bytes: entry.bodyBytes, body_sha256: entry.digest,
                    complete: entry.isComplete)
            }
        }
    }
}
