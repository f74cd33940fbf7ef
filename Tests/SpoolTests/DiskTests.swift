import Exchange
import Foundation
import Glibc
import NIOCore
@testable import Spool
import Testing

/// Disks that are full, read-only or damaged.
@Suite struct DiskTests {
    private static let why: Comment = "only the superuser can mount a small disk"

    private func settings(_ disk: TinyDisk) -> SpoolSettings { SpoolSettings(path: disk.path + "/spool") }

    @Test(.enabled(if: TinyDisk.isAvailable, DiskTests.why))
    func aFullDisk() async throws {
        let disk = try #require(TinyDisk())
        var bounds = Bounds()
        bounds.retryPause = .milliseconds(5)
        let events = Told<SpoolEvent>()
        var spool = try Spool(settings(disk), bounds, observe: events.tell, now: { .now() })
        var applications = Applications()
        let deliveries = try await spool.kept(applications.exchange())
        disk.fill()
        let large = String(repeating: "x", count: 300_000)
        for body in [large, "small"] {
            let acceptance = await spool.accept(applications.exchange(body: body))
            #expect(acceptance.name == "failed: disk_full")
            guard case .failed(let fault) = acceptance else { continue }
            #expect(fault.description.contains(disk.path) && fault.description.contains("free space"))
        }
        let settled = Told<Settled>()
        spool.settle(Settlement(deliveries[0], .delivered, at: applications.now), settled.tell)
        #expect(await spool.accept(applications.exchange()).name == "failed: disk_full")
        #expect(settled.values.isEmpty && events.troubles == ["failing: disk_full"])
        // Each commit that failed counts, the first line tells of them all.
        #expect(events.failures.count >= 3 && Set(events.failures) == [.diskFull])
        #expect(spool.pending("a").count == 1 && spool.pending("b").count == 1)

        disk.makeRoom()
        #expect(await settled.first(1).map(\.state) == [.delivered])
        #expect(await spool.accept(applications.exchange(body: large)).name == "kept")
        #expect(events.troubles == ["failing: disk_full", "recovered"])
        await spool.close()
        spool = try Spool(settings(disk))
        #expect(spool.pending("a").count == 1 && spool.pending("b").count == 2)
        await spool.close()
    }

    /// A large body that finds no place does not keep back what ends deliveries, though both are in one group.
    @Test(.enabled(if: TinyDisk.isAvailable, DiskTests.why))
    func settlementsFindAPlaceWhereBodiesDoNot() async throws {
        let disk = try #require(TinyDisk())
        let events = Told<SpoolEvent>()
        let spool = try Spool(settings(disk), observe: events.tell)
        var applications = Applications()
        let deliveries = try await spool.kept(applications.exchange())
        let told = Told<String>()
        spool.accept(applications.exchange(body: String(repeating: "x", count: 8 << 20)), for: ["a"]) { told.tell($0.name) }
        spool.settle(Settlement(deliveries[0], .delivered, at: applications.now)) { told.tell("\($0.state?.rawValue ?? "")") }
        #expect(await told.first(2) == ["failed: disk_full", "delivered"])
        #expect(spool.pending("a").count == 0 && events.troubles.first == "failing: disk_full")
        await spool.close()
    }

    @Test(.enabled(if: TinyDisk.isAvailable, DiskTests.why))
    func aDiskThatIsFullAtTheStart() async throws {
        let disk = try #require(TinyDisk())
        disk.fill()
        let found = await fault { () throws(SpoolFault) in try Spool(settings(disk)) }
        #expect(found?.code == .diskFull && found?.description.contains(disk.path) == true)
        disk.makeRoom()
        await (try Spool(settings(disk))).close()
    }

    @Test(.enabled(if: TinyDisk.isAvailable, DiskTests.why), arguments: [false, true])
    func aReadOnlyDisk(_ isThereAlready: Bool) async throws {
        let disk = try #require(TinyDisk())
        if isThereAlready { await (try Spool(settings(disk))).close() }
        #expect(disk.makeReadOnly())
        let found = await fault { () throws(SpoolFault) in try Spool(settings(disk)) }
        #expect(found?.code == .readOnly && found?.description.contains(disk.path) == true)
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may write anywhere"))
    func aDirectoryOfOthers() async throws {
        let place = Place()
        #expect(mkdir(place.path, 0o500) == 0)
        let found = await fault { () throws(SpoolFault) in try Spool(place.settings()) }
        #expect(found?.code == .readOnly && found?.description.contains(place.path) == true)
        chmod(place.path, 0o700)
    }

    // MARK: Damage

    /// Bytes in the middle of the file are others than were written. Whatever is read is right, or told to be damaged.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func damage(_ seed: UInt64) async throws {
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let place = Place()
        var written: [ExchangeID: SpooledExchange] = [:]
        var spool = try Spool(place.settings())
        var applications = Applications(seed: seed)
        for size in 0..<60 {
            let exchange = applications.exchange(body: String(repeating: "body", count: 40 * size), key: "\(size)")
            written[exchange.id] = exchange
            _ = try await spool.kept(exchange)
        }
        await spool.close()
        try damage(place.file, bytes: seed.isMultiple(of: 2) ? 1 : 3000, using: &generator)

        var faults: [SpoolFault] = []
        do {
            spool = try Spool(place.settings())
        } catch {
            #expect(error.code == .corrupt && error.description.contains(place.path))
            return
        }
        for upstream in ["a", "b"] {
            let due = await spool.due(upstream, at: applications.now, limit: 1000)
            faults += due.fault.map { [$0] } ?? []
            for delivery in due.deliveries { expect(delivery.exchange, as: written[delivery.exchange.id]) }
        }
        for exchange in written.values {
            do {
                if let found = try await spool.exchange(exchange.id)?.exchange { expect(found, as: exchange) }
            } catch {
                faults.append(error)
            }
        }
        _ = await spool.accept(applications.exchange(key: "new"))
        await spool.close()
        #expect(faults.allSatisfy { $0.code == .corrupt && $0.description.contains(place.path) }, "\(faults.map(\.description))")
    }

    private func expect(_ found: SpooledExchange, as written: SpooledExchange?) {
        #expect(found.body == written?.body && found.headers == written?.headers && found.target == written?.target)
    }

    private func damage(_ path: String, bytes: Int, using generator: inout SeededGenerator) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        let start = Int.random(in: 4096..<(data.count - bytes), using: &generator)
        for place in start..<(start + bytes) { data[place] ^= UInt8.random(in: 1...255, using: &generator) }
        try data.write(to: URL(fileURLWithPath: path))
    }

    /// A request whose body has changed is not handed out, and those around it are.
    @Test func oneDamagedRequestKeepsNobodyBack() async throws {
        let place = Place()
        var spool = try Spool(place.settings())
        var applications = Applications()
        let exchanges = (0..<3).map { _ in applications.exchange(body: "good") }
        for exchange in exchanges { _ = try await spool.kept(exchange) }
        await spool.close()
        try place.inFile { db in
            try db.execute(sql: "UPDATE requests SET body = CAST('evil' AS BLOB) WHERE exchange = 2")
        }
        spool = try Spool(place.settings())
        let due = await spool.due(at: applications.now)
        #expect(due.deliveries.map(\.exchange.id) == [exchanges[0].id, exchanges[2].id])
        #expect(due.fault?.code == .corrupt && due.nextAt == nil && spool.pending("a").count == 3)
        #expect(await fault { () throws(SpoolFault) in try await spool.exchange(exchanges[1].id) }?.code == .corrupt)
        await spool.close()
    }
}
