internal import Delivery
internal import Exchange
internal import NIOCore
internal import Policy
internal import Spool
internal import Synchronization
internal import Telemetry
internal import Upstream

/// What durable delivery needs: where exchanges are kept, and what carries them from there.
final class Durable: Sendable {
    let settings: SpoolSettings
    let spool: Spool
    let deliveries: Deliveries
    private let names: Set<String>
    /// The routes' keys whose exchanges are on their way to the spool.
    private let keys = Mutex<Set<Key>>([])
    private let bytes = Mutex(0)

    private struct Key: Hashable {
        let route: RouteID
        let text: String
    }

    init(
        _ settings: SpoolSettings, _ spool: Spool, _ all: Settings, _ roads: [Road], _ upstreams: UpstreamClient, _ contexts: [LoopContext]
    ) {
        self.settings = settings
        self.spool = spool
        names = Set(all.upstreams.map(\.name))
        let compensated = Set(all.routes.filter { $0.onPartialFailure != nil }.map(\.name))
        deliveries = Deliveries(
            spool: spool, roads: roads, upstreams: upstreams, contexts: contexts.map { ($0.eventLoop, $0.recorder) },
            propagatesTraces: all.telemetry.propagatesTraceContext, memory: settings.memory,
            routes: Dictionary(all.routes.enumerated().map { ($1.name, RouteID($0)) }) { first, _ in first },
            keepsAnswers: { compensated.contains($0) })
    }

    /// What waits for upstreams that the configuration has no more.
    var stranded: [(upstream: String, count: Int)] {
        spool.upstreams.filter { !names.contains($0) }.map { ($0, spool.pending($0).count) }
    }

    // MARK: What is on its way to the spool

    /// Takes room for so many bytes of a body; false where `spool.memory` is in use.
    func reserve(_ count: Int) -> Bool {
        bytes.withLock { bytes in
            guard bytes + count <= settings.memory else { return false }
            bytes += count
            return true
        }
    }

    func release(_ count: Int) { bytes.withLock { $0 -= count } }

    /// False where an exchange under this key has come and is not committed yet.
    func enter(_ key: String, of route: RouteID) -> Bool {
        keys.withLock { $0.insert(Key(route: route, text: key)).inserted }
    }

    func leave(_ key: String, of route: RouteID) {
        _ = keys.withLock { $0.remove(Key(route: route, text: key)) }
    }
}

/// A body that is gathered whole in memory on its way to the spool, within `spool.max_body` and `spool.memory`.
struct GatheredBody {
    enum Refusal { case tooLarge, noRoom }

    private let durable: Durable
    private var reserved = 0
    private(set) var bytes: ByteBuffer?

    init(_ durable: Durable) { self.durable = durable }

    /// Takes the room for a body of known length at once.
    mutating func open(_ length: BodyLength) -> Refusal? {
        switch length {
        case .none: return nil
        case .sized(let count):
            bytes = ByteBuffer()
            return reserve(count)
        case .unknown:
            bytes = ByteBuffer()
            return nil
        }
    }

    mutating func append(_ part: ByteBuffer) -> Refusal? {
        let count = (bytes?.readableBytes ?? 0) + part.readableBytes
        if count > reserved, let refusal = reserve(count - reserved) { return refusal }
        bytes?.writeImmutableBuffer(part)
        return nil
    }

    /// Gives the room back; nothing is gathered any more.
    mutating func close() {
        durable.release(reserved)
        reserved = 0
        bytes = nil
    }

    private mutating func reserve(_ count: Int) -> Refusal? {
        guard reserved + count <= durable.settings.maxBody else { return .tooLarge }
        guard durable.reserve(count) else { return .noRoom }
        reserved += count
        return nil
    }
}
