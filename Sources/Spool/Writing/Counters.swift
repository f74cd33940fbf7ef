internal import Exchange
internal import GRDB
internal import Synchronization

/// What a transaction will have changed in the counters once it is committed.
struct Changes {
    var pending: [String: Int] = [:]
    var dead: [String: Int] = [:]
    /// Upstreams whose oldest pending delivery may be another one now.
    var oldest: Set<String> = []
    /// Upstreams that have deliveries again by a replay.
    var replayed: Set<String> = []
    /// Exchanges that were kept.
    var kept = 0
    /// Exchanges whose time to stay was over.
    var purged = 0
    /// Bytes of the file that are in use, where they were measured.
    var bytes: Int?
}

/// How much waits and how much is dead, by upstream: counted once when the spool is opened, and changed after commits alone.
final class Counters: Sendable {
    private struct State {
        var pending: [String: Int] = [:]
        var oldest: [String: WallTime] = [:]
        var dead: [String: Int] = [:]
        var bytes = 0
    }

    private let state: Mutex<State>

    init(_ db: Database) throws {
        var counted = State()
        for (upstream, count) in try Counters.count(db, where: "state = 'pending'") {
            counted.pending[upstream] = count
            counted.oldest[upstream] = try Counters.oldest(db, upstream)
        }
        for (upstream, count) in try Counters.count(db, where: "state = 'dead' AND discarded_at IS NULL") { counted.dead[upstream] = count }
        counted.bytes = try db.usedBytes()
        state = Mutex(counted)
    }

    func pending(_ upstream: String) -> PendingView {
        state.withLock { PendingView(count: $0.pending[upstream] ?? 0, oldest: $0.oldest[upstream]) }
    }

    /// Those for which something waits, whether the configuration names them or not.
    var upstreams: [String] { state.withLock { state in state.pending.filter { $0.value > 0 }.keys.sorted() } }

    func dead(_ upstream: String) -> Int { state.withLock { $0.dead[upstream] ?? 0 } }
    var bytes: Int { state.withLock { $0.bytes } }

    /// - Parameter oldest: of each upstream in `changes.oldest`; nil where none is pending.
    func apply(_ changes: Changes, oldest: [String: WallTime?]) {
        state.withLock { state in
            for (upstream, change) in changes.pending { state.pending[upstream, default: 0] += change }
            for (upstream, change) in changes.dead { state.dead[upstream, default: 0] += change }
            for (upstream, time) in oldest { state.oldest[upstream] = time }
            if let bytes = changes.bytes { state.bytes = bytes }
        }
    }

    /// When the exchange of the first pending delivery was received.
    static func oldest(_ db: Database, _ upstream: String) throws -> WallTime? {
        try db.first(
            """
            SELECT e.received_at FROM deliveries AS d INDEXED BY deliveries_pending JOIN exchanges AS e ON e.seq = d.exchange
            WHERE d.upstream = ? AND d.state = 'pending' ORDER BY d.id LIMIT 1
            """, [upstream]) { try $0.time() }
    }

    private static func count(_ db: Database, where condition: String) throws -> [(String, Int)] {
        try db.all("SELECT upstream, count(*) FROM deliveries WHERE \(condition) GROUP BY upstream", []) { (try $0.text(), try $0.int()) }
    }
}

extension Database {
    /// Bytes of the pages that hold something, with what this transaction has changed.
    func usedBytes() throws -> Int {
        let pages = try first("PRAGMA page_count", []) { try $0.int() } ?? 0
        let free = try first("PRAGMA freelist_count", []) { try $0.int() } ?? 0
        return (pages - free) * Database.pageSize
    }

    /// Of every file that is made here.
    static let pageSize = 4096
}
