internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Telemetry

/// A stream that is being written to one connection: as fast as that is read, and no faster. What can't be written waits in
/// the subscription, which is bounded.
final class RunningStream: Sendable {
    /// Within the time after which a connection counts as idle.
    static let beat: TimeAmount = .seconds(15)

    private struct State {
        var subscription: TapSubscription?
        var timer: RepeatedTask?
    }

    private let tap: TapStream
    private let channel: any Channel
    private let state = Mutex(State())

    init(_ tap: TapStream, on channel: any Channel) {
        self.tap = tap
        self.channel = channel
    }

    /// False where as many streams run as may.
    func start() -> Bool {
        let loop = channel.eventLoop
        let subscription = tap.follow { [weak self] in loop.execute { [weak self] in self?.proceed() } }
        guard let subscription else { return false }
        let timer = loop.scheduleRepeatedTask(initialDelay: Self.beat, delay: Self.beat) { [weak self] _ in self?.keepAlive() }
        state.withLock { $0 = State(subscription: subscription, timer: timer) }
        return true
    }

    /// Writes what waits, where the connection takes it. On its event loop.
    func proceed() {
        guard channel.isWritable, let subscription = state.withLock({ $0.subscription }) else { return }
        let news = subscription.take()
        if !news.exchanges.isEmpty || news.missed > 0 { write(tap.text(of: news)) }
    }

    func stop() {
        let ended = state.withLock { state in
            defer { state = State() }
            return (state.subscription, state.timer)
        }
        ended.0?.cancel()
        ended.1?.cancel()
    }

    private func keepAlive() {
        if channel.isWritable { write(tap.beat) }
    }

    private func write(_ text: String) {
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil)
    }
}
