import Exchange
import Foundation
import GRDB
@testable import Spool

/// A directory of a test's own, gone with it.
final class Place: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("spool-\(UUID().uuidString)").path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func settings(_ change: (inout SpoolSettings) -> Void = { _ in }) -> SpoolSettings {
        var settings = SpoolSettings(path: path)
        // What a test shows of the disk it shows as well without waiting for it.
        settings.sync = .normal
        change(&settings)
        return settings
    }

    var file: String { path + "/spool.db" }

    func count(_ table: String) throws -> Int? {
        try inFile { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") }
    }

    /// Looks into a closed spool's file, or changes it, as the `sqlite3` tool would.
    func inFile<Value>(_ body: (Database) throws -> Value) throws -> Value {
        let queue = try DatabaseQueue(path: file)
        defer { try? queue.close() }
        return try queue.writeWithoutTransaction(body)
    }
}

/// Makes exchanges whose ids and times rise, from a seed.
struct Applications {
    var generator: SeededGenerator
    /// In 2096, so that nothing is ever finished so long ago that the calendar would have it go.
    private(set) var clock: UInt64 = 4_000_000_000_000_000_000

    init(seed: UInt64 = 1) { generator = SeededGenerator(seed: seed) }

    var now: WallTime { WallTime(nanosecondsSinceEpoch: clock) }

    mutating func pass(_ duration: Duration) { clock += UInt64(duration.nanoseconds) }

    mutating func exchange(
        route: String = "orders", method: String = "POST", target: String = "/orders?x=1", body: String? = "{}", key: String? = nil,
        order: String? = nil, compensates: ExchangeID? = nil, traceState: String = "vendor=1", sampled: Bool = true
    ) -> SpooledExchange {
        clock += 1_000_001
        var headers = Headers(["Host": "a.example", "X-Twice": "1", "x-twice": "2", "Empty": ""])
        [UInt8(0xFF), 0xFE, 0x20].withUnsafeBytes { value in
            Array("Latin".utf8).withUnsafeBytes { headers.append(name: $0, value: value) }
        }
        let trace = TraceContext(
            traceID: TraceID(using: &generator), spanID: SpanID(using: &generator), flags: sampled ? [.sampled, .random] : .random,
            traceState: traceState)
        return SpooledExchange(
            id: ExchangeID(at: now, using: &generator), route: route, receivedAt: now, method: method, target: target, headers: headers,
            minorVersion: 1, body: body.map { .init(string: $0) }, trace: trace, baggage: "user=7", idempotencyKey: key, orderKey: order,
            compensates: compensates)
    }
}

extension Settlement {
    /// After one attempt.
    init(_ delivery: SpooledDelivery, _ next: Next, at time: WallTime, status: Int? = nil, errorClass: ErrorClass? = nil) {
        self.init(
            delivery: delivery.id, attempts: delivery.attempts + 1, firstAttemptAt: time, attempt: nil, status: status,
            errorClass: errorClass, next: next, at: time)
    }
}
