internal import Exchange
internal import NIOCore

/// The bytes of one head, written front to back into room that is known beforehand to be enough: a buffer that is asked for
/// room with every word of a head costs more than the head.
struct HeadBytes {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    mutating func put(_ byte: UInt8) {
        precondition(count < room.count, "the room for a head is reckoned before it is written")
        room[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= room.count - count, "the room for a head is reckoned before it is written")
        if let start = bytes.baseAddress, let room = room.baseAddress { (room + count).copyMemory(from: start, byteCount: bytes.count) }
        count += bytes.count
    }

    mutating func put(decimal number: Int) {
        precondition(DecimalDigits.room <= room.count - count, "the room for a head is reckoned before it is written")
        if let room = room.baseAddress { count += DecimalDigits.write(UInt64(clamping: number), to: room + count) }
    }

    mutating func put(twoDigits number: Int) {
        put(UInt8(0x30 + number / 10))
        put(UInt8(0x30 + number % 10))
    }
}

extension ByteBuffer {
    /// Writes what `write` puts.
    ///
    /// - Parameter room: bytes that this is at most.
    mutating func writeHead(room: Int, _ write: (inout HeadBytes) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: room) { room in
            var head = HeadBytes(room)
            write(&head)
            return head.count
        }
    }
}
