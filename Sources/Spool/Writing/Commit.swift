internal import Exchange
internal import GRDB

/// How the operations of a group go into their transaction.
enum Manner {
    case together
    /// Each can be undone alone.
    case apart
    /// Each can be undone alone, and exchanges are refused: so what ends deliveries still finds a place where they found none.
    case refusing(SpoolFault)
}

/// What one transaction came to.
struct Commit {
    /// In the order of the operations; to be called after the commit.
    var answers: [Answer] = []
    var changes = Changes()
    /// Of each upstream that `changes` names.
    var oldest: [String: WallTime?] = [:]
    /// Settlements that failed by themselves, and why.
    var left: [Operation] = []
    var fault: SpoolFault?
    /// It wrote a little beside, whatever the operations were.
    var isProbed = false
    /// Operations that it wrote.
    var operations = 0
    var nanoseconds: UInt64 = 0

    /// Returns when the disk has it.
    ///
    /// - Parameter probe: writes a little whatever the operations are, so that a success says something of the disk.
    /// - Throws: where nothing of it was kept.
    static func make(
        of operations: [Operation], _ manner: Manner, in pool: DatabasePool, _ terms: Terms, probe: Bool
    ) throws -> Commit {
        try pool.writeWithoutTransaction { db in
            let started = MonotonicTime.now()
            do {
                try db.beginTransaction(.immediate)
                var (commit, transaction) = (Commit(), Transaction(db, terms))
                if probe { try Opening.sign(db, at: .now()) }
                commit.isProbed = probe
                for operation in operations { try commit.add(operation, manner, to: &transaction) }
                transaction.changes.bytes = try db.usedBytes()
                try db.commit()
                commit.changes = transaction.changes
                commit.nanoseconds = MonotonicTime.now().nanoseconds(since: started)
                for upstream in commit.changes.oldest { commit.oldest[upstream] = try? Counters.oldest(db, upstream) }
                return commit
            } catch {
                // SQLite may have ended it already.
                if db.isInsideTransaction { try? db.rollback() }
                throw error
            }
        }
    }

    private mutating func add(_ operation: Operation, _ manner: Manner, to transaction: inout Transaction) throws {
        if case .refusing(let fault) = manner, operation.isAccept {
            answers.append(operation.answer(fault))
            return
        }
        if case .together = manner {
            answers.append(try transaction.apply(operation))
        } else if let answer = try Commit.applyAlone(operation, &transaction, &fault) {
            answers.append(answer)
        } else {
            left.append(operation)
            return
        }
        if !operation.isQuestion { operations += 1 }
    }

    /// nil where a settlement failed by itself, and has to be kept.
    private static func applyAlone(
        _ operation: Operation, _ transaction: inout Transaction, _ fault: inout SpoolFault?
    ) throws -> Answer? {
        let before = transaction
        do {
            var answer: Answer?
            try transaction.db.inSavepoint {
                answer = try transaction.apply(operation)
                return .commit
            }
            return answer
        } catch where !concernsAll(error) && transaction.db.isInsideTransaction {
            transaction = before
            let reason = transaction.terms.faults.fault(of: error)
            guard case .settle(let settlement, _) = operation else { return operation.answer(reason) }
            transaction.unsettled.insert(settlement.delivery)
            fault = reason
            return nil
        }
    }

    /// Whether an error says something of the disk or the whole file, and not of one operation.
    static func concernsAll(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return switch error.resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_CORRUPT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_ERROR: false
        default: true
        }
    }

    /// Whether the file was only held by another program, so that there is no use in writing less.
    static func isBusy(_ error: any Error) -> Bool {
        guard let code = (error as? DatabaseError)?.resultCode else { return false }
        return code == .SQLITE_BUSY || code == .SQLITE_LOCKED
    }
}
