import NIOCore
import Testing

@testable import Exchange

@Suite struct ReadMemoryTests {
    private let memory = ReadMemory()

    /// A channel's way to it that has had its first buffer.
    private var used: ReadAllocator {
        var allocator = ReadAllocator(memory)
        _ = allocator.record(actualReadBytes: 1)
        return allocator
    }

    private func read(_ text: String) -> ByteBuffer {
        var buffer = used.buffer(allocator: ByteBufferAllocator())
        buffer.writeString(text)
        return buffer
    }

    private func address(_ buffer: ByteBuffer) -> UInt {
        buffer.withVeryUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test func theFirstBufferIsAChannelsOwn() {
        let first = ReadAllocator(memory).buffer(allocator: ByteBufferAllocator())
        #expect(first.writableBytes == 1024)
        memory.giveBack(first)
        #expect(address(read("x")) != address(first))
    }

    @Test func aChannelIsToldToAskEachTime() {
        var allocator = ReadAllocator(memory)
        #expect(allocator.nextBufferSize() == nil)
        for count in [1, ReadMemory.size] {
            let mayBeLarger = allocator.record(actualReadBytes: count)
            #expect(mayBeLarger)
        }
    }

    @Test func channelsReadIntoTheSameMemoryInTurn() {
        var places: Set<UInt> = []
        for text in ["one", "two", "three"] {
            let buffer = read(text)
            #expect(String(buffer: buffer) == text)
            #expect(buffer.writableBytes + buffer.readableBytes >= ReadMemory.size)
            places.insert(address(buffer))
            memory.giveBack(buffer)
        }
        #expect(places.count == 1)
    }

    @Test func whatIsHeldIsNotWrittenInto() {
        let held = read("held")
        memory.giveBack(held)
        let next = read("next")
        #expect(String(buffer: held) == "held" && String(buffer: next) == "next")
        #expect(address(held) != address(next))
    }

    @Test func whatIsNotGivenBackIsReplaced() {
        let kept = (0..<3).map { read("\($0)") }
        #expect(kept.map { String(buffer: $0) } == ["0", "1", "2"])
        #expect(Set(kept.map(address)).count == 3)
    }
}
