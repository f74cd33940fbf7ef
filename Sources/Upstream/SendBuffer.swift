internal import Exchange

/// Bytes on their way to a socket: memory that is filled, sent and filled again. One for all connections, since what a socket
/// does not take at once is copied to its wire.
final class SendBuffer {
    /// Memory beyond it is given back after an unusually large head.
    private static let kept = 128 * 1024

    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: kept, alignment: 16)
    private(set) var count = 0

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Empties it and makes room for so many bytes at least.
    func clear(reserving size: Int) {
        count = 0
        guard size > memory.count || memory.count > Self.kept else { return }
        memory.deallocate()
        memory = .allocate(byteCount: max(size, Self.kept), alignment: 16)
    }

    /// Gives up its memory, with what is in it, to be deallocated by whoever takes it.
    func detach() -> UnsafeMutableRawBufferPointer {
        defer {
            memory = .allocate(byteCount: Self.kept, alignment: 16)
            count = 0
        }
        return memory
    }

    /// What is left of the room.
    var room: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[count...]) }

    /// So many bytes have been written into `room`.
    func filled(_ bytes: Int) { count += bytes }

    /// Lets `body` write behind what is there, as much as was reserved at most; it returns how much.
    @inline(__always)
    func fill(_ body: (UnsafeMutableRawPointer) -> Int) {
        guard let base = memory.baseAddress else { return }
        count += body(base + count)
    }

    func put(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    func put(_ bytes: UnsafeRawBufferPointer) {
        room.copyMemory(from: bytes)
        count += bytes.count
    }

    func put(_ text: StaticString) { put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }

    func put(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ put(UnsafeRawBufferPointer($0)) }) == nil { text.utf8.forEach(put) }
    }

    func put(hexadecimal number: Int) {
        var shift = (Int.bitWidth - max(number, 1).leadingZeroBitCount - 1) / 4 * 4
        while shift >= 0 {
            let digit = UInt8(number >> shift & 0xF)
            put(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
    }

    /// Moves bytes that were written into `room` further behind to its front, and counts them in.
    func pull(_ bytes: Int, from offset: Int) {
        let source = UnsafeRawBufferPointer(rebasing: memory[count + offset..<count + offset + bytes])
        put(source)
    }
}
