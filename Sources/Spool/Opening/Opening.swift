internal import Exchange
internal import GRDB
#if canImport(Glibc)
internal import Glibc
#endif

/// Opens the file: checked, migrated, and known to be writable.
enum Opening {
    /// One connection that writes and at most this many that read.
    private static let readers = 2
    /// Pages that each connection keeps in memory, in KiB.
    private static let cache = 2048
    /// Bytes that the write-ahead log keeps once it has been copied into the file.
    private static let logBytes = 16 * 1024 * 1024

    static func open(_ settings: SpoolSettings, _ bounds: Bounds, _ faults: Faults) throws(SpoolFault) -> DatabasePool {
        let path = settings.path + "/spool.db"
        try makeFile(path, faults)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(bounds, faults))
            try pool.writeWithoutTransaction { db in
                // GRDB asks for NORMAL when it turns the log on.
                try db.execute(sql: "PRAGMA synchronous = \(settings.sync == .full ? "FULL" : "NORMAL")")
            }
            try Migrations.all.migrate(pool)
            try pool.write { db in try sign(db, at: .now()) }
            return pool
        } catch {
            throw faults.fault(of: error)
        }
    }

    /// A small write: of whom and when. It shows that the disk takes writes.
    static func sign(_ db: Database, at time: WallTime) throws {
        for (name, value) in [("version", Version.current), ("process", "\(getpid())"), ("since", "\(time.nanosecondsSinceEpoch)")] {
            try db.run("INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)", [name, value])
        }
    }

    private static func configuration(_ bounds: Bounds, _ faults: Faults) -> Configuration {
        var configuration = Configuration()
        configuration.label = "spool"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(bounds.busyTimeout.seconds)
        // The writer ends its own transactions, also those that SQLite has ended already.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { db in
            try Migrations.check(db, faults)
            try db.execute(sql: "PRAGMA page_size = \(Database.pageSize)")
            try db.execute(sql: "PRAGMA cache_size = -\(cache)")
            try db.execute(sql: "PRAGMA cell_size_check = ON")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            try db.execute(sql: "PRAGMA journal_size_limit = \(logBytes)")
        }
        return configuration
    }

    /// Made here, so that neither it nor the log beside it, which SQLite gives the same permissions, is ever open to others.
    private static func makeFile(_ path: String, _ faults: Faults) throws(SpoolFault) {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw faults.fault(errno: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw faults.fault(errno: errno) }
        guard status.st_mode & 0o077 != 0 else { return }
        guard fchmod(file, 0o600) == 0 else { throw faults.fault(errno: errno) }
    }
}
