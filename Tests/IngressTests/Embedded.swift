import Exchange
import NIOCore
import NIOEmbedded

@testable import Ingress

/// A connection on an embedded channel, whose clock the test moves.
struct Embedded {
    let channel: EmbeddedChannel
    let script: Scripted
    private var written = ""

    init(_ script: Scripted, limits: Limits = Limits(), welcome: Connection.Welcome = .served) throws {
        self.script = script
        channel = EmbeddedChannel()
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 5)).wait()
        try channel.pipeline.syncOperations.addHandler(Connection(limits: limits, accepting: script, welcome: welcome, memory: LoopMemory()))
        channel.embeddedEventLoop.run()
    }

    func send(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
        channel.embeddedEventLoop.run()
    }

    /// The same as the beginning of memory for a long read.
    func sendLarge(_ text: String) throws {
        var buffer = ByteBufferAllocator().buffer(capacity: ReadMemory.size)
        buffer.writeString(text)
        try channel.writeInbound(buffer)
        channel.embeddedEventLoop.run()
    }

    func halfClose() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.embeddedEventLoop.run()
    }

    func finish() {
        channel.pipeline.fireUserInboundEventTriggered(Connection.Command.finish)
        channel.embeddedEventLoop.run()
    }

    func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.run()
    }

    /// What was written since the last call, without the `date` lines.
    func output() -> String {
        channel.embeddedEventLoop.run()
        return Embedded.undated(writes().joined())
    }

    /// The pieces in which it was written.
    func writes() -> [String] {
        var pieces: [String] = []
        while let piece = try? channel.readOutbound(as: ByteBuffer.self) { pieces.append(String(buffer: piece)) }
        return pieces.filter { !$0.isEmpty }
    }

    static func undated(_ text: String) -> String {
        text.split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("date: ") }.joined(separator: "\r\n")
    }

    /// Whether the connection's end has come, or has begun.
    var isClosed: Bool { !channel.isActive }

    var exchange: Scripted.Exchange { script.exchanges[script.exchanges.count - 1] }
}
