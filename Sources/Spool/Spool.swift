package import Exchange
internal import GRDB
internal import Synchronization

/// Where accepted exchanges are kept until every upstream has them, on disk.
///
/// A directory with one SQLite file in it, `spool.db`, which one process owns. Everything that changes it is handed to one
/// thread, the writer, which puts what waits into one transaction and answers once the disk has it, in the order it was handed
/// over. Answers come on the writer's thread, or at once where the spool refuses: they must be quick.
package final class Spool: Sendable {
    private let mailbox: Mailbox
    private let counters: Counters
    private let pool: DatabasePool
    private let faults: Faults
    private let whenDue: WhenDue
    private let end = WriterEnd()
    private let now: @Sendable () -> WallTime

    /// Opens the spool in `settings.path`, and makes it where there is none.
    ///
    /// - Throws: where it can't be read or written, belongs to another process, or is not what this version makes.
    package convenience init(
        _ settings: SpoolSettings, compensations: Compensations = Compensations(),
        observe: @escaping @Sendable (SpoolEvent) -> Void = { _ in }
    ) throws(SpoolFault) {
        try self.init(settings, Bounds(), compensations: compensations, observe: observe, now: { .now() })
    }

    /// - Parameter now: what `keep` is measured by.
    init(
        _ settings: SpoolSettings, _ bounds: Bounds, compensations: Compensations = Compensations(),
        observe: @escaping @Sendable (SpoolEvent) -> Void = { _ in }, now: @escaping @Sendable () -> WallTime
    ) throws(SpoolFault) {
        let faults = Faults(directory: settings.path)
        let ownership = try Ownership(settings.path, faults)
        let pool = try Opening.open(settings, bounds, faults)
        let (mailbox, whenDue, end) = (Mailbox(bounds), WhenDue(), self.end)
        let counters = try Spool.count(pool, faults)
        let terms = Terms(faults: faults, maxSize: settings.maxSize, batch: bounds.batch, compensations: compensations)
        let keep = UInt64(max(0, settings.keep.nanoseconds))
        (self.mailbox, self.counters, self.pool, self.faults, self.whenDue, self.now) = (mailbox, counters, pool, faults, whenDue, now)
        let code = WriterThread.start {
            Writer(pool, mailbox, counters, terms, bounds, observe: observe, whenDue: { whenDue.tell($0) })
                .run { now().before(byNanoseconds: keep) }
            ownership.end()
            end.reach()
        }
        guard code == 0 else { throw faults.fault(errno: code) }
    }

    deinit { mailbox.close() }

    private static func count(_ pool: DatabasePool, _ faults: Faults) throws(SpoolFault) -> Counters {
        do {
            return try pool.writeWithoutTransaction { db in try Counters(db) }
        } catch {
            throw faults.fault(of: error)
        }
    }

    // MARK: Deliveries

    /// Keeps an exchange with a delivery for each upstream. Where more waits than the writer's bounds allow (16,384 operations or
    /// 256 MiB of bodies), and once the spool is closed, it is `failed` at once, on the calling thread.
    package func accept(_ exchange: SpooledExchange, for upstreams: [String], _ tell: @escaping @Sendable (Acceptance) -> Void) {
        put(.accept(exchange, upstreams, tell))
    }

    /// Keeps what became of a delivery. Told once a commit holds it, however long the disk fails before. Where the spool is closed
    /// first, the delivery stays pending, and its state is told as nil.
    package func settle(_ settlement: Settlement, _ tell: @escaping @Sendable (Settled) -> Void) {
        put(.settle(settlement, tell))
    }

    /// The deliveries of one upstream whose time has come, but for those in `held`: with everything that was handed over before.
    ///
    /// - Parameters:
    ///   - limit: of deliveries.
    ///   - bytes: of requests, about: one delivery is handed out however large it is.
    package func due(
        _ upstream: String, at now: WallTime, besides held: Set<DeliveryID>, limit: Int, bytes: Int,
        _ tell: @escaping @Sendable (Due) -> Void
    ) {
        put(.due(DueQuestion(upstream: upstream, now: now, held: held, limit: limit, bytes: bytes), tell))
    }

    /// `tell` is called on the writer's thread with each upstream that has deliveries again because dead letters were replayed.
    package func setWhenDue(_ tell: @escaping @Sendable (_ upstream: String) -> Void) { whenDue.set(tell) }

    private func put(_ operation: Operation) {
        switch mailbox.put(operation) {
        case nil: break
        case .closed: operation.answer(faults.closed)()
        case .full(let operations, let bytes): operation.answer(faults.tooMuchWaits(operations, bytes))()
        }
    }

    // MARK: What people ask

    /// With its whole request, and every attempt that is kept.
    package func exchange(_ id: ExchangeID) async throws(SpoolFault) -> ExchangeView? {
        try await read { try $0.exchange(id) }
    }

    /// Without header fields, bodies and attempts; at most 500.
    package func exchanges(_ filter: ExchangeFilter) async throws(SpoolFault) -> [ExchangeView] {
        try await read { try $0.exchanges(filter) }
    }

    /// Without header fields, bodies and attempts; at most 500.
    package func deadLetters(_ filter: DeadLetterFilter) async throws(SpoolFault) -> [DeadLetter] {
        try await read { try $0.deadLetters(filter) }
    }

    /// With its whole request, and every attempt that is kept; nil where it is none, or no longer.
    package func deadLetter(_ id: DeliveryID) async throws(SpoolFault) -> DeadLetter? {
        try await read { try $0.deadLetter(id) }
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Reading) throws -> Value) async throws(SpoolFault) -> Value {
        guard !mailbox.isClosed else { throw faults.closed }
        do {
            return try await pool.read { db in try body(Reading(db: db)) }
        } catch {
            throw mailbox.isClosed ? faults.closed : faults.fault(of: error)
        }
    }

    // MARK: Dead letters

    /// Makes the dead letters that the filter means (its `after` and `limit` are for lists) pending again, and returns how many.
    ///
    /// - Parameters:
    ///   - rate: the first goes at once, as many others as `burst` says with it, the rest evenly; nil: all at once.
    ///   - progress: how many have been so far; after each batch.
    package func replay(
        _ filter: DeadLetterFilter, rate: RateSettings?, now: WallTime, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(SpoolFault) -> Int {
        try await inBatches(progress) { count, after, tell in
            .replay(ReplayBatch(filter: filter, after: after, rate: rate, now: now, replayed: count), tell)
        }
    }

    /// Gives up the dead letters that the filter means for good, and returns how many.
    package func discard(
        _ filter: DeadLetterFilter, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(SpoolFault) -> Int {
        let now = now()
        return try await inBatches(progress) { _, after, tell in .discard(DiscardBatch(filter: filter, after: after, now: now), tell) }
    }

    /// Each batch waits for its turn behind what came meanwhile. By id, so that a letter that dies again is not met twice.
    private func inBatches(
        _ progress: @Sendable (Int) -> Void,
        _ operation: (Int, DeliveryID, @escaping @Sendable (Result<LetterBatch, SpoolFault>) -> Void) -> Operation
    ) async throws(SpoolFault) -> Int {
        var (count, after) = (0, DeliveryID(.min))
        while true {
            let result = await withCheckedContinuation { continuation in
                put(operation(count, after) { continuation.resume(returning: $0) })
            }
            let batch = try result.get()
            count += batch.count
            if batch.count > 0 { progress(count) }
            guard let last = batch.last else { return count }
            after = last
        }
    }

    // MARK: Counters

    package func pending(_ upstream: String) -> PendingView { counters.pending(upstream) }
    /// The upstreams for which something waits.
    package var upstreams: [String] { counters.upstreams }
    package func deadCount(_ upstream: String) -> Int { counters.dead(upstream) }
    /// Of the file's pages, those that hold something: what `max_size` bounds. As of the last commit.
    package var bytes: Int { counters.bytes }

    // MARK: The end

    /// Takes nothing more; returns when what waits is done, the file is complete in itself and free for another process.
    package func close() async {
        mailbox.close()
        await end.reached()
    }
}

/// Who is told of deliveries that a replay made pending.
private final class WhenDue: Sendable {
    private let told = Mutex<(@Sendable (String) -> Void)?>(nil)

    func set(_ tell: @escaping @Sendable (String) -> Void) { told.withLock { $0 = tell } }
    func tell(_ upstream: String) { told.withLock { $0 }?(upstream) }
}

extension WallTime {
    fileprivate func before(byNanoseconds nanoseconds: UInt64) -> WallTime {
        WallTime(nanosecondsSinceEpoch: nanosecondsSinceEpoch - min(nanoseconds, nanosecondsSinceEpoch))
    }
}
