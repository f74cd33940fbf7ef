package import NIOCore

/// Where an event loop's connections are read into, one after the other. What has come is taken out of it before the next is read,
/// so none needs memory of its own, which with many connections would have left the processor's caches whenever it is used again.
///
/// `@unchecked Sendable`: used on its event loop alone, on which NIO reads.
package final class ReadMemory: @unchecked Sendable {
    /// Bytes that one read takes at most.
    package static let size = 64 * 1024

    private var spare: ByteBuffer?

    package init() {}

    /// Has a channel read into it, once at a time, so that one read is looked at before the next takes its place. To be called on
    /// the event loop, before the channel reads.
    package func serve(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(.recvAllocator, value: ReadAllocator(self))
    }

    fileprivate func take() -> ByteBuffer {
        guard var bytes = spare.take() else { return ByteBufferAllocator().buffer(capacity: Self.size) }
        // Other memory, where somebody holds on to this still.
        bytes.clear(minimumCapacity: Self.size)
        return bytes
    }

    /// What was read has been looked at. Who needs it for longer has copied it: nothing is written into it while it is held, but
    /// then it is gone from here, and a few bytes hold on to all of it.
    package func giveBack(_ bytes: consuming ByteBuffer) {
        if bytes.storageCapacity >= Self.size { spare = bytes }
    }
}

/// A channel's way to the memory that it shares with others.
package struct ReadAllocator: RecvByteBufferAllocator {
    /// The first buffer that a channel gets it keeps for good, used or not: one of its own, with room for most heads.
    private static let kept = 4096

    private let memory: ReadMemory
    private var isFirst = true

    package init(_ memory: ReadMemory) { self.memory = memory }

    package func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        isFirst ? allocator.buffer(capacity: Self.kept) : memory.take()
    }

    /// - Returns: true: a channel that is told that the next buffer may be larger asks for one each time.
    package mutating func record(actualReadBytes: Int) -> Bool {
        isFirst = false
        return true
    }
}
