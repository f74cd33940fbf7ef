import GRDB

/// Another program that holds the file for writing, as somebody at the `sqlite3` tool may.
final class Rival: Sendable {
    private let queue: DatabaseQueue

    /// Holds it from here on.
    init(_ place: Place) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: place.file, configuration: configuration)
        try queue.inDatabase { db in try db.beginTransaction(.immediate) }
    }

    func letGo() throws {
        try queue.inDatabase { db in try db.rollback() }
        try queue.close()
    }
}
