internal import GRDB

/// The steps from an empty file to the schema of this version, each taken once.
enum Migrations {
    static let all: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in
            try db.execute(sql: Schema.tables)
            try db.execute(sql: Schema.views)
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
        }
        return migrator
    }()

    /// Refuses a file that is another program's, or made by a later version, before anything of it is changed.
    static func check(_ db: Database, _ faults: Faults) throws {
        let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        // GRDB's own table comes before the first migration, and a crash may come between the two.
        let isEmpty = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT LIKE 'grdb_%'") == 0
        guard application == Schema.applicationID || isEmpty else { throw faults.notOurs }
        guard version <= Schema.version else { throw faults.newer(version) }
    }
}
