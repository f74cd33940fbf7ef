import NIOCore
import NIOPosix
import Synchronization

/// A client of raw bytes over a real socket, which waits for what it is to get, but not for ever.
final class Client: Sendable {
    struct TimedOut: Error, CustomStringConvertible {
        var waitingFor: String
        var received: String
        var description: String { "waited in vain for \(waitingFor); received: \(received.debugDescription)" }
    }

    private let channel: any Channel
    private let inbox: Inbox

    private init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// - Parameter reads: whether it reads by itself; one that does not lets its answer pile up.
    static func connect(to address: SocketAddress, group: any EventLoopGroup, reads: Bool = true) async throws -> Client {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(inbox)) }
            }
            .connect(to: address).get()
        return Client(channel, inbox)
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }

    /// Sends without waiting, since the other side may close meanwhile.
    func throwIn(_ bytes: ByteBuffer) { channel.writeAndFlush(bytes, promise: nil) }

    func halfClose() async throws { try await channel.close(mode: .output).get() }
    func close() async throws { try await channel.close().get() }

    /// What came since the last call, as soon as it satisfies the condition.
    @discardableResult
    func receive(_ what: String, until condition: @escaping @Sendable (String) -> Bool) async throws -> String {
        try await wait(what) { condition($0.text) }
        return inbox.take()
    }

    /// What came until the text ends so, without the `date` lines.
    func receive(endingIn suffix: String) async throws -> String {
        Embedded.undated(try await receive("the end \(suffix.debugDescription)") { $0.hasSuffix(suffix) })
    }

    /// What comes until the other side closes.
    func receiveAll() async throws -> String {
        try await wait("the connection's end") { $0.isEnded }
        return Embedded.undated(inbox.take())
    }

    /// Whether the connection ended with a reset.
    var wasReset: Bool { inbox.state.withLock { $0.wasReset } }

    private func wait(_ what: String, _ condition: @escaping @Sendable (Inbox.State) -> Bool) async throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let timeout = channel.eventLoop.scheduleTask(in: .seconds(20)) {
            promise.fail(TimedOut(waitingFor: what, received: self.inbox.state.withLock { String($0.text.prefix(2000)) }))
        }
        inbox.notify(promise, when: condition)
        defer { timeout.cancel() }
        try await promise.futureResult.get()
    }
}

/// What a client has received.
private final class Inbox: Sendable {
    struct State {
        var text = ""
        var isEnded = false
        var wasReset = false
        var waiting: (promise: EventLoopPromise<Void>, condition: @Sendable (State) -> Bool)?
    }

    let state = Mutex(State())

    func notify(_ promise: EventLoopPromise<Void>, when condition: @escaping @Sendable (State) -> Bool) {
        change { $0.waiting = (promise, condition) }
    }

    func change(_ body: (inout State) -> Void) {
        let promise = state.withLock { state -> EventLoopPromise<Void>? in
            body(&state)
            guard let waiting = state.waiting, waiting.condition(state) else { return nil }
            state.waiting = nil
            return waiting.promise
        }
        promise?.succeed()
    }

    func take() -> String {
        state.withLock { state in
            defer { state.text = "" }
            return state.text
        }
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: Inbox

    init(_ inbox: Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        inbox.change { $0.text += text }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { inbox.change { $0.isEnded = true } }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.change { $0.wasReset = true }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.change { $0.isEnded = true } }
}
