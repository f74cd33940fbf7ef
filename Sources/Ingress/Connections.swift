internal import NIOCore
internal import Synchronization

/// The connections that are open, counted against their bound, and told when the server stops.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isFinishing = false
        var whenDrained: [EventLoopPromise<Void>] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: connections that are served at once. As many again, but at most 64, are told that they are too
    ///   many and waited for; any beyond are told and closed at once.
    init(limit: Int) { self.limit = limit }

    private var refusable: Int { min(limit, 64) }

    /// Counts a connection in.
    func welcome(_ channel: any Channel) -> (Connection.Welcome, isFinishing: Bool) {
        let (count, isFinishing) = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = channel
            return (state.open.count, state.isFinishing)
        }
        channel.closeFuture.whenComplete { _ in self.left(ObjectIdentifier(channel)) }
        if count <= limit { return (.served, isFinishing) }
        return (count <= limit + refusable ? .oneTooMany : .farTooMany, isFinishing)
    }

    private func left(_ id: ObjectIdentifier) {
        let drained = state.withLock { state -> [EventLoopPromise<Void>] in
            state.open[id] = nil
            guard state.isFinishing, state.open.isEmpty else { return [] }
            defer { state.whenDrained = [] }
            return state.whenDrained
        }
        for promise in drained { promise.succeed() }
    }

    var count: Int { state.withLock { $0.open.count } }

    /// Has every connection close after its exchange, idle ones at once.
    func finish() {
        let channels = state.withLock { state in
            state.isFinishing = true
            return Array(state.open.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(Connection.Command.finish) }
    }

    /// Succeeds when no connection is open any more after `finish`.
    func drained(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let isDrained = state.withLock { state in
            if state.isFinishing, state.open.isEmpty { return true }
            state.whenDrained.append(promise)
            return false
        }
        if isDrained { promise.succeed() }
        return promise.futureResult
    }

    func closeAll() {
        let channels = state.withLock { Array($0.open.values) }
        for channel in channels { channel.close(promise: nil) }
    }
}
