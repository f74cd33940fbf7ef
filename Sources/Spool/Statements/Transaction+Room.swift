internal import Exchange
internal import GRDB

extension Transaction {
    /// Exchanges that are deleted before it is looked again whether there is room.
    private static let step = 16

    /// Whether the exchange fits into `max_size`, once as many of the finished ones as that takes have gone, the oldest first.
    mutating func makeRoom(for exchange: SpooledExchange, deliveries: Int) throws -> Bool {
        // About what its rows, and their places in the indexes, take besides; the next transaction measures what they took.
        let size = exchange.size + 1024 + 512 * deliveries
        var inUse = try used ?? db.usedBytes()
        while inUse + size > terms.maxSize {
            inUse = try db.usedBytes()
            guard inUse + size > terms.maxSize else { break }
            guard try deleteOldestFinished() > 0 else {
                used = inUse
                return false
            }
        }
        used = inUse + size
        return true
    }

    private func deleteOldestFinished() throws -> Int {
        try db.run(
            """
            DELETE FROM exchanges WHERE seq IN (
                SELECT seq FROM exchanges WHERE finished_at IS NOT NULL ORDER BY finished_at, seq LIMIT ?)
            """, [Transaction.step])
        return db.changesCount
    }

    /// Deletes those finished before a time, the oldest first, as many as one batch takes.
    mutating func purge(finishedBefore time: WallTime) throws -> Int {
        try db.run(
            """
            DELETE FROM exchanges WHERE seq IN (
                SELECT seq FROM exchanges WHERE finished_at < ? ORDER BY finished_at, seq LIMIT ?)
            """, [time.column, terms.batch])
        changes.purged += db.changesCount
        return db.changesCount
    }
}
