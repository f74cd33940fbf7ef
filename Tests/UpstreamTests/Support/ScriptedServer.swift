import NIOCore
import NIOPosix
import Synchronization

/// What a server does on a connection, one thing after another.
enum Action: Sendable {
    case send(String)
    case sendBytes([UInt8])
    /// As many bytes of one letter, as fast as the other side takes them.
    case sendMany(Int)
    /// Closes after everything before has been written.
    case close
    /// Ends the connection by a reset.
    case reset
    /// Waits, then goes on.
    case pause(TimeAmount)
}

/// A request as it came over the wire.
struct RawRequest: Sendable {
    /// Head with its end, byte for byte.
    var head: [UInt8]
    /// What followed it, framing included.
    var body: [UInt8]
    /// The number of the connection, from 0.
    var connection: Int
    /// The number of the request on its connection, from 0.
    var number: Int

    var text: String { String(decoding: head, as: UTF8.self) }
    var requestLine: String { String(text.prefix { $0 != "\r\n" }) }

    func field(_ name: String) -> String? {
        for line in text.split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ":") {
            return line.dropFirst(name.count + 1).trimmingPrefix(" ").description
        }
        return nil
    }
}

/// A server on loopback that reads requests byte for byte and does with the connection what its script says.
final class ScriptedServer: Sendable {
    enum Trigger { case wholeRequest, head }

    private struct State {
        var requests: [RawRequest] = []
        var connections = 0
        var open = 0
        var mostOpen = 0
        var channels: [ObjectIdentifier: any Channel] = [:]
        var waiting: [(condition: @Sendable (ScriptedServer.Seen) -> Bool, promise: EventLoopPromise<Void>)] = []
    }

    struct Seen: Sendable {
        var requests: Int
        var connections: Int
        var open: Int
    }

    private let state = Mutex(State())
    private let script: @Sendable (RawRequest) -> [Action]
    private let greeting: [Action]
    private let trigger: Trigger
    private let reads: Bool
    private let channel = Mutex<(any Channel)?>(nil)
    private let calledAt = Mutex(0)

    /// - Parameters:
    ///   - trigger: whether the script runs when a head has come or when the body has, too.
    ///   - reads: false: bytes stay in the kernel until `readOn`.
    ///   - greeting: what is done when a connection is accepted.
    init(
        trigger: Trigger = .wholeRequest, reads: Bool = true, greeting: [Action] = [], _ script: @escaping @Sendable (RawRequest) -> [Action]
    ) async throws {
        self.script = script
        self.greeting = greeting
        self.trigger = trigger
        self.reads = reads
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ScriptedConnection(self)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
        let port = bound.localAddress?.port ?? 0
        calledAt.withLock { $0 = SecureRelay.shared?.port(of: port) ?? port }
    }

    /// Where it is called: a port of its own, or of the TLS in front of it.
    var port: Int { calledAt.withLock { $0 } }
    var requests: [RawRequest] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    var mostOpen: Int { state.withLock { $0.mostOpen } }

    func stop() async {
        let (listener, channels) = (channel.withLock { $0 }, state.withLock { Array($0.channels.values) })
        try? await listener?.close().get()
        for channel in channels { try? await channel.close().get() }
    }

    /// Closes every connection that is open, from the server's side.
    func closeConnections() async {
        for channel in state.withLock({ Array($0.channels.values) }) { try? await channel.close().get() }
    }

    /// Sends on every connection that is open.
    func sendOnAll(_ text: String) async throws {
        for channel in state.withLock({ Array($0.channels.values) }) { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }
    }

    /// Reads what has come, on every connection that is open.
    func readOn() async throws {
        for channel in state.withLock({ Array($0.channels.values) }) { try await channel.setOption(.autoRead, value: true).get() }
    }

    func wait(_ condition: @escaping @Sendable (Seen) -> Bool) async throws {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let isMet = state.withLock { state -> Bool in
            if condition(Self.seen(state)) { return true }
            state.waiting.append((condition, promise))
            return false
        }
        if isMet { promise.succeed() }
        try await limited(promise)
    }

    private static func seen(_ state: State) -> Seen {
        Seen(requests: state.requests.count, connections: state.connections, open: state.open)
    }

    private func change<Result: Sendable>(_ body: @Sendable (inout State) -> Result) -> Result {
        let (result, met) = state.withLock { state -> (Result, [EventLoopPromise<Void>]) in
            let result = body(&state)
            let seen = Self.seen(state)
            let met = state.waiting.filter { $0.condition(seen) }.map(\.promise)
            state.waiting.removeAll { $0.condition(seen) }
            return (result, met)
        }
        for promise in met { promise.succeed() }
        return result
    }

    // MARK: A connection's side

    fileprivate func opened(_ channel: any Channel) -> Int {
        change { state in
            state.channels[ObjectIdentifier(channel)] = channel
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
            defer { state.connections += 1 }
            return state.connections
        }
    }

    fileprivate func closed(_ channel: any Channel) {
        change { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.open -= 1
        }
    }

    fileprivate func answer(_ request: RawRequest) -> [Action] {
        change { $0.requests.append(request) }
        return script(request)
    }

    fileprivate var actsOnHead: Bool { trigger == .head }
    fileprivate var greets: [Action] { greeting }
}

private final class ScriptedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let server: ScriptedServer
    private var number = 0
    private var connection = 0
    private var bytes: [UInt8] = []
    private var hasAnsweredHead = false
    /// Where looking for the end of a head or of chunks goes on.
    private var searched = 0
    private var headEnd: Int?

    init(_ server: ScriptedServer) { self.server = server }

    func channelActive(context: ChannelHandlerContext) {
        connection = server.opened(context.channel)
        perform(server.greets[...], context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) { server.closed(context.channel) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnsweredHead else { return }
        bytes.append(contentsOf: Self.unwrapInboundIn(data).readableBytesView)
        while let request = next() {
            perform(server.answer(request)[...], context.channel)
            if server.actsOnHead { hasAnsweredHead = true; return }
        }
    }

    private func next() -> RawRequest? {
        if headEnd == nil { headEnd = search("\r\n\r\n", from: 0) }
        guard let headEnd else { return nil }
        var request = RawRequest(head: Array(bytes[..<headEnd]), body: [], connection: connection, number: number)
        var end = headEnd
        if !server.actsOnHead {
            guard let bodyEnd = bodyEnd(request, from: headEnd) else { return nil }
            end = bodyEnd
        }
        request.body = Array(bytes[headEnd..<end])
        bytes.removeFirst(end)
        number += 1
        self.headEnd = nil
        searched = 0
        return request
    }

    private func bodyEnd(_ request: RawRequest, from start: Int) -> Int? {
        if let length = request.field("content-length").flatMap({ Int($0) }) {
            return bytes.count >= start + length ? start + length : nil
        }
        guard request.field("transfer-encoding") == "chunked" else { return start }
        if bytes[start...].starts(with: "0\r\n\r\n".utf8) { return start + 5 }
        return search("\r\n0\r\n\r\n", from: start)
    }

    /// The place after the first occurrence; nothing is looked at twice.
    private func search(_ text: String, from start: Int) -> Int? {
        let pattern = Array(text.utf8)
        var place = max(start, searched)
        while place + pattern.count <= bytes.count {
            if bytes[place] == pattern[0], bytes[place..<place + pattern.count].elementsEqual(pattern) {
                searched = 0
                return place + pattern.count
            }
            place += 1
        }
        searched = place
        return nil
    }

    private func perform(_ actions: ArraySlice<Action>, _ channel: any Channel) {
        guard let action = actions.first else { return }
        let rest = actions.dropFirst()
        switch action {
        case .send(let text): channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        case .sendBytes(let bytes): channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        case .sendMany(let count): sendMany(count, channel)
        case .close:
            // Behind everything that waits to be written.
            channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        case .reset: return reset(channel)
        case .pause(let time):
            let handler = NIOLoopBound(self, eventLoop: channel.eventLoop)
            channel.eventLoop.scheduleTask(in: time) { handler.value.perform(rest, channel) }
            return
        }
        perform(rest, channel)
    }

    private func sendMany(_ count: Int, _ channel: any Channel) {
        let part = ByteBuffer(repeating: 0x61, count: 64 * 1024)
        var left = count
        while left > 0 {
            let size = min(left, part.readableBytes)
            channel.write(part.getSlice(at: 0, length: size) ?? part, promise: nil)
            left -= size
        }
        channel.flush()
    }

    private func reset(_ channel: any Channel) {
        guard let provider = channel as? any SocketOptionProvider else { return }
        provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }
}
