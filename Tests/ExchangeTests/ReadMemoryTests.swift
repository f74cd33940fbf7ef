import Glibc
import NIOCore
import NIOPosix
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
        #expect(first.writableBytes == 4096)
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

    /// On sockets, by NIO's own reading.
    @Test(.timeLimit(.minutes(5))) func connectionsOfAnEventLoopAreReadIntoTheSameMemory() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (places, place) = AsyncStream.makeStream(of: UInt.self)
        var connections: [Connection] = []
        for _ in 0..<3 { connections.append(try await Connection(read: memory, on: loop) { place.yield(address($0)) }) }
        var next = places.makeAsyncIterator()

        var first: Set<UInt?> = []
        for connection in connections {
            connection.send()
            first.insert(await next.next())
        }
        var later: Set<UInt?> = []
        for connection in connections + connections {
            connection.send()
            later.insert(await next.next())
        }
        #expect(first.count == 3 && later.count == 1 && first.isDisjoint(with: later))
        for connection in connections { try await connection.close() }
    }
}

/// A connection whose other end is in this process.
private struct Connection {
    private let channel: any Channel
    private let otherEnd: CInt

    init(read memory: ReadMemory, on loop: any EventLoop, _ came: @escaping @Sendable (ByteBuffer) -> Void) async throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw IOError(errnoCode: errno, reason: "socketpair") }
        otherEnd = ends[1]
        channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try memory.serve(channel)
                    try channel.pipeline.syncOperations.addHandler(Reader(memory, came))
                }
            }
            .withConnectedSocket(ends[0]).get()
    }

    func send() { _ = Glibc.send(otherEnd, "x", 1, 0) }

    func close() async throws {
        try await channel.close()
        _ = Glibc.close(otherEnd)
    }
}

/// Tells what came and gives it back.
private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let memory: ReadMemory
    private let came: @Sendable (ByteBuffer) -> Void

    init(_ memory: ReadMemory, _ came: @escaping @Sendable (ByteBuffer) -> Void) {
        self.memory = memory
        self.came = came
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        came(bytes)
        memory.giveBack(bytes)
    }
}
