internal import Foundation
internal import NIOCore

/// CRC-32 as gzip and Ethernet have it (RFC 1952, 8): SQLite does not notice a byte of a request that the disk gives back wrong.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }

    static func of(_ method: String, _ target: String, _ headers: Data, _ body: ByteBuffer?) -> Int64 {
        var sum = UInt32.max
        for part in [Data(method.utf8), Data(target.utf8), headers] { sum = part.withUnsafeBytes { add($0, to: sum) } }
        if let body { sum = body.withUnsafeReadableBytes { add($0, to: sum) } }
        return Int64(~sum)
    }

    private static func add(_ bytes: UnsafeRawBufferPointer, to start: UInt32) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            bytes.reduce(start) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
        }
    }
}
