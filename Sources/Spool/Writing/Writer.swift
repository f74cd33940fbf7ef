internal import Exchange
internal import GRDB

/// The only one that writes: takes what waits, applies it in one transaction, and tells what came of it.
///
/// While writing fails, exchanges are refused, and settlements are kept here and tried again: no more of them than there are
/// deliveries on their way. Lives on one thread.
final class Writer {
    private let pool: DatabasePool
    private let mailbox: Mailbox
    private let counters: Counters
    private let terms: Terms
    private let bounds: Bounds
    private let observe: @Sendable (SpoolEvent) -> Void
    private let tellWhenDue: @Sendable (String) -> Void

    /// Settlements that no commit has taken yet, in their order.
    private var kept: [Operation] = []
    /// Since writing has begun to fail: how many bytes could not be written.
    private var failed: Int?
    private var nextTry = MonotonicTime.never
    /// Exchanges that the last purge deleted.
    private var purged = 0

    init(
        _ pool: DatabasePool, _ mailbox: Mailbox, _ counters: Counters, _ terms: Terms, _ bounds: Bounds,
        observe: @escaping @Sendable (SpoolEvent) -> Void, whenDue: @escaping @Sendable (String) -> Void
    ) {
        self.pool = pool
        self.mailbox = mailbox
        self.counters = counters
        self.terms = terms
        self.bounds = bounds
        self.observe = observe
        tellWhenDue = whenDue
    }

    /// Returns when the mailbox is closed and everything in it is done.
    ///
    /// - Parameter purgeBefore: those finished before this time go.
    func run(purgeBefore: () -> WallTime) {
        var nextPurge = MonotonicTime.now()
        while true {
            let group = mailbox.take(until: min(nextTry, nextPurge))
            if group.isEmpty, mailbox.isClosed { break }
            if !group.isEmpty || MonotonicTime.now() >= nextTry { serve(group) }
            if MonotonicTime.now() >= nextPurge { nextPurge = purge(purgeBefore()) }
        }
        if !kept.isEmpty { serve([]) }
        for operation in kept { operation.answer(terms.faults.closed)() }
        _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        try? pool.close()
    }

    // MARK: Groups

    private func serve(_ group: [Operation]) {
        if group.allSatisfy(\.isQuestion), !group.isEmpty { return ask(group) }
        let operations = kept + group
        do {
            try finish(commit(operations), of: operations)
        } catch {
            rollBack(operations, terms.faults.fault(of: error))
        }
    }

    private func commit(_ operations: [Operation]) throws -> Commit {
        do {
            return try make(operations, .together)
        } catch where !Commit.concernsAll(error) {
            return try make(operations, .apart)
        } catch where !Commit.isBusy(error) && operations.contains(where: \.isAccept) {
            let fault = terms.faults.fault(of: error)
            var commit = try make(operations, .refusing(fault))
            commit.fault = fault
            return commit
        }
    }

    private func make(_ operations: [Operation], _ manner: Manner) throws -> Commit {
        try Commit.make(of: operations, manner, in: pool, terms, probe: hasRoomAgain)
    }

    /// Whether it is worth while to try whether writing works again: not where the disk has less room than was missing.
    private var hasRoomAgain: Bool {
        guard let failed else { return false }
        return terms.faults.freeBytes.map { $0 > failed + Writer.slack } ?? true
    }

    /// Bytes that a commit takes beside the bodies.
    private static let slack = 65_536

    private func finish(_ commit: Commit, of operations: [Operation]) {
        let wasFailing = failed != nil
        kept = commit.left
        if let fault = commit.fault { beginFailing(operations, fault) }
        counters.apply(commit.changes, oldest: commit.oldest)
        purged = commit.changes.purged
        for answer in commit.answers { answer() }
        if commit.operations > 0 { observe(.committed(operations: commit.operations, nanoseconds: commit.nanoseconds)) }
        for upstream in commit.changes.replayed { tellWhenDue(upstream) }
        guard wasFailing, commit.fault == nil else { return }
        if commit.changes.kept > 0 || commit.isProbed {
            (failed, nextTry) = (nil, .never)
            observe(.recovered)
        } else {
            nextTry = MonotonicTime.now().advanced(by: bounds.retryPause)
        }
    }

    private func rollBack(_ operations: [Operation], _ fault: SpoolFault) {
        kept = operations.filter(\.isSettlement)
        beginFailing(operations, fault)
        for operation in operations where !operation.isSettlement {
            if operation.isQuestion { ask([operation]) } else { operation.answer(fault)() }
        }
    }

    private func beginFailing(_ operations: [Operation], _ fault: SpoolFault) {
        let began = failed == nil
        failed = max(failed ?? 0, operations.reduce(0) { $0 + $1.size })
        nextTry = MonotonicTime.now().advanced(by: bounds.retryPause)
        observe(.failed(fault.code))
        if began { observe(.failing(fault)) }
    }

    /// Answers questions from what is committed.
    private func ask(_ questions: [Operation]) {
        let unsettled = Set(kept.compactMap(\.delivery))
        let answers = pool.writeWithoutTransaction { db in
            var transaction = Transaction(db, terms, unsettled: unsettled)
            return questions.map { question in
                do { return try transaction.apply(question) } catch { return question.answer(terms.faults.fault(of: error)) }
            }
        }
        for answer in answers { answer() }
    }

    // MARK: Purge

    /// One batch. The next one follows at once where there are more, but behind what waits.
    private func purge(_ time: WallTime) -> MonotonicTime {
        let later = MonotonicTime.now().advanced(by: bounds.purgePause)
        let found = try? pool.writeWithoutTransaction { db in
            try db.first("SELECT 1 FROM exchanges WHERE finished_at < ? LIMIT 1", [time.column]) { try $0.int() }
        }
        guard failed == nil, found != nil else { return later }
        purged = 0
        serve([.purge(time) { _ in }])
        return purged < bounds.batch ? later : MonotonicTime.now()
    }
}
