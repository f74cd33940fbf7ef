import Exchange
import Foundation
import Glibc
import GRDB
@testable import Spool
import Testing

@Suite struct OpeningTests {
    private let place = Place()

    // MARK: Ownership

    @Test func oneOwnerAtATime() async throws {
        let spool = try Spool(place.settings())
        let second = await fault { () throws(SpoolFault) in try Spool(place.settings()) }
        #expect(second?.code == .inUse)
        #expect(second?.description.contains(place.path) == true && second?.description.contains("pid \(getpid())") == true)
        await spool.close()
        let third = try Spool(place.settings())
        await third.close()
    }

    @Test func theOwnerThatIsGoneLetsGoOfItAlsoWithoutAWord() async throws {
        let ended = Told<Void>()
        do {
            let spool = try Spool(place.settings())
            _ = await spool.accept(Applications().first)
        }
        // The writer ends by itself; its end is not announced, so the door is tried until it opens.
        Task {
            while true {
                if let spool = try? Spool(place.settings()) {
                    await spool.close()
                    return ended.tell(())
                }
                await Task.yield()
            }
        }
        _ = await ended.first(1)
    }

    @Test func afterTheEndEverythingIsRefused() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let delivery = try await spool.kept(applications.exchange(), for: ["a"])[0]
        await spool.close()
        await spool.close()
        #expect(await spool.accept(applications.exchange()).name == "failed: closed")
        #expect(await spool.settle(Settlement(delivery, .delivered, at: applications.now)).state == nil)
        #expect(await spool.due(at: applications.now).fault?.code == .closed)
        #expect(await fault { () throws(SpoolFault) in try await spool.exchange(delivery.exchange.id) }?.code == .closed)
        #expect(await fault { () throws(SpoolFault) in try await spool.discard(DeadLetterFilter()) }?.code == .closed)
    }

    // MARK: The directory

    @Test func readableByItsOwnerAlone() async throws {
        let old = umask(0)
        defer { umask(old) }
        let spool = try Spool(place.settings { $0.path += "/deeper/down" })
        var applications = Applications()
        _ = try await spool.kept(applications.exchange())
        func mode(_ path: String) -> mode_t {
            var status = stat()
            #expect(stat(place.path + "/deeper/down" + path, &status) == 0)
            return status.st_mode & 0o777
        }
        #expect(mode("") == 0o700)
        for name in ["/lock", "/spool.db", "/spool.db-wal", "/spool.db-shm"] { #expect(mode(name) == 0o600, "\(name)") }
        await spool.close()
    }

    @Test func aFileThatOthersCouldReadIsClosedToThem() async throws {
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: place.file))
        chmod(place.file, 0o644)
        let spool = try Spool(place.settings())
        var status = stat()
        #expect(stat(place.file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        await spool.close()
    }

    @Test func whatIsNoDirectory() async throws {
        try Data("x".utf8).write(to: URL(fileURLWithPath: place.path))
        for path in [place.path, place.path + "/below", place.path + "/below/it"] {
            let found = await fault { () throws(SpoolFault) in try Spool(place.settings { $0.path = path }) }
            #expect(found?.code == .io && found?.description.contains("\(place.path) is not a directory") == true)
        }
    }

    // MARK: The file

    @Test func anotherProgramsFileIsLeftAlone() async throws {
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        try place.inFile { db in try db.execute(sql: "CREATE TABLE theirs (x); PRAGMA user_version = 1") }
        let before = try Data(contentsOf: URL(fileURLWithPath: place.file))
        let found = await fault { () throws(SpoolFault) in try Spool(place.settings()) }
        #expect(found?.code == .corrupt && found?.description.contains("another program") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.file)) == before)
    }

    @Test func whatIsNoDatabase() async throws {
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: place.file))
        let found = await fault { () throws(SpoolFault) in try Spool(place.settings()) }
        #expect(found?.code == .corrupt && found?.description.contains(place.path) == true)
    }

    @Test func aLaterVersionsFileIsRefused() async throws {
        let spool = try Spool(place.settings())
        await spool.close()
        try place.inFile { db in try db.execute(sql: "PRAGMA user_version = 2") }
        let found = await fault { () throws(SpoolFault) in try Spool(place.settings()) }
        #expect(found?.code == .newer && found?.description.contains("schema 2") == true)
        // It is free again for who can read it.
        try place.inFile { db in try db.execute(sql: "PRAGMA user_version = 1") }
        await (try Spool(place.settings())).close()
    }

    /// A file as the first version left it, written down here once and for all.
    @Test func aFileOfTheFirstVersionOpens() async throws {
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: true)
        try place.inFile { db in try db.execute(sql: FirstVersion.file) }
        let spool = try Spool(place.settings())
        #expect(spool.pending("inventory").count == 1 && spool.deadCount("shipping") == 1)
        let due = await spool.due("inventory", at: Applications(seed: 1).now.advanced(byNanoseconds: 1_000_000_000))
        let exchange = try #require(due.deliveries.first?.exchange)
        #expect(exchange.id.description == FirstVersion.exchange)
        #expect(exchange.target == "/orders?x=1" && exchange.body == .init(string: "{}"))
        #expect(exchange.headers.first("host") == "a.example" && due.deliveries[0].attempts == 1)
        let letter = try #require(try await spool.deadLetters(DeadLetterFilter()).first)
        #expect(try await spool.deadLetter(letter.delivery.id)?.delivery.entries.map(\.detail) == ["not found"])
        await spool.close()
    }

    @Test func theVersionAndTheProgramStandInTheFile() async throws {
        await (try Spool(place.settings())).close()
        let found = try place.inFile { db in
            (
                try Int64.fetchOne(db, sql: "PRAGMA user_version"), try Int64.fetchOne(db, sql: "PRAGMA application_id"),
                try String.fetchOne(db, sql: "SELECT value FROM about WHERE name = 'version'")
            )
        }
        #expect(found == (Schema.version, Schema.applicationID, Version.current))
    }

    @Test(arguments: SpoolSettings.Sync.allCases)
    func howSafeACommitIs(_ sync: SpoolSettings.Sync) throws {
        let settings = place.settings { $0.sync = sync }
        let faults = Faults(directory: settings.path)
        let ownership = try Ownership(settings.path, faults)
        let pool = try Opening.open(settings, Bounds(), faults)
        let set = try pool.writeWithoutTransaction { db in
            [try Int.fetchOne(db, sql: "PRAGMA synchronous"), try Int.fetchOne(db, sql: "PRAGMA foreign_keys")]
        }
        #expect(set == [sync == .full ? 2 : 1, 1])
        try pool.close()
        ownership.end()
    }

    /// People look into the file with the `sqlite3` tool: what they see has names and times that can be read.
    @Test func theViewsAreForPeople() async throws {
        let spool = try Spool(place.settings())
        var applications = Applications()
        let exchange = applications.exchange()
        let deliveries = try await spool.kept(exchange)
        var settlement = Settlement(deliveries[1], .dead(.http4xx), at: applications.now, status: 404, errorClass: .http4xx)
        settlement.attempt = AttemptEntry(
            number: 1, startedAt: applications.now, endedAt: applications.now.advanced(byNanoseconds: 12_345_678), errorClass: .http4xx,
            status: 404, detail: "not found", answer: .init(string: "gone"))
        await spool.settle(settlement)
        await spool.close()
        let accepted = "2096-10-02T07:06:40.001Z"
        let queue = try DatabaseQueue(path: place.file)
        func row(_ table: String) throws -> [String: DatabaseValue] {
            let row = try #require(try queue.read { db in try Row.fetchOne(db, sql: "SELECT * FROM \(table)") })
            return Dictionary(uniqueKeysWithValues: row.map { ($0, $1) })
        }
        func expect(_ table: String, _ expected: [String: any DatabaseValueConvertible]) throws {
            let row = try row(table)
            for (column, value) in expected { #expect(row[column] == value.databaseValue, "\(table).\(column)") }
        }
        try expect("waiting", ["upstream": "a", "accepted": accepted, "next_attempt": accepted])
        try expect("dead_letters", ["upstream": "b", "last_status": 404, "detail": "not found", "dead_since": accepted])
        try expect("recent", ["exchange": exchange.id.description, "deliveries": "a pending, b dead", "accepted": accepted])
        try expect("attempt_history", ["milliseconds": 12, "answer": "gone", "started": accepted])
        let headers = try place.inFile { db in try String.fetchOne(db, sql: "SELECT CAST(headers AS TEXT) FROM requests") }
        #expect(headers?.hasPrefix("Host: a.example\r\nX-Twice: 1\r\nx-twice: 2\r\nEmpty: \r\n") == true)
        try queue.close()
    }
}

extension Applications {
    fileprivate var first: SpooledExchange {
        var applications = self
        return applications.exchange()
    }
}
