import Exchange
@testable import Spool
import Synchronization
import Testing

/// The spool's calls as ones that are waited for.
extension Spool {
    func accept(_ exchange: SpooledExchange, for upstreams: [String] = ["a", "b"]) async -> Acceptance {
        await withCheckedContinuation { continuation in accept(exchange, for: upstreams) { continuation.resume(returning: $0) } }
    }

    /// The deliveries, where it is kept.
    func kept(_ exchange: SpooledExchange, for upstreams: [String] = ["a", "b"]) async throws -> [SpooledDelivery] {
        let acceptance = await accept(exchange, for: upstreams)
        guard case .kept(let deliveries) = acceptance else { throw NotKept(acceptance: acceptance) }
        return deliveries
    }

    @discardableResult func settle(_ settlement: Settlement) async -> Settled {
        await withCheckedContinuation { continuation in settle(settlement) { continuation.resume(returning: $0) } }
    }

    func due(
        _ upstream: String = "a", at now: WallTime, besides held: Set<DeliveryID> = [], limit: Int = 100, bytes: Int = 1 << 30
    ) async -> Due {
        await withCheckedContinuation { continuation in
            due(upstream, at: now, besides: held, limit: limit, bytes: bytes) { continuation.resume(returning: $0) }
        }
    }

    /// Makes the deliveries of one exchange end in order.
    func end(_ deliveries: [SpooledDelivery], _ nexts: [Settlement.Next], at time: WallTime) async -> [Settled] {
        var settled: [Settled] = []
        for (delivery, next) in zip(deliveries, nexts) { settled.append(await settle(Settlement(delivery, next, at: time))) }
        return settled
    }

    func states(_ id: ExchangeID) async throws -> [String: DeliveryState] {
        let view = try #require(try await exchange(id))
        return Dictionary(uniqueKeysWithValues: view.deliveries.map { ($0.upstream, $0.state) })
    }
}

struct NotKept: Error { var acceptance: Acceptance }

extension Acceptance {
    /// Its case, without what it carries.
    var name: String {
        switch self {
        case .kept: "kept"
        case .repeated: "repeated"
        case .conflicting: "conflicting"
        case .full: "full"
        case .failed(let fault): "failed: \(fault.code.rawValue)"
        }
    }
}

/// What was told, in order, from whatever thread.
final class Told<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func tell(_ value: Value) {
        let woken = state.withLock { state in
            state.values.append(value)
            let woken = state.waiting.filter { $0.count <= state.values.count }
            state.waiting.removeAll { $0.count <= state.values.count }
            return woken
        }
        for waiting in woken { waiting.continuation.resume() }
    }

    var values: [Value] { state.withLock { $0.values } }

    /// The values, once there are so many.
    func first(_ count: Int) async -> [Value] {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.values.count < count { state.waiting.append((count, continuation)) }
                return state.values.count >= count
            }
            if isThere { continuation.resume() }
        }
        return values
    }
}

/// What the spool reported of itself, but for commits that went well.
extension Told where Value == SpoolEvent {
    var troubles: [String] {
        values.compactMap { event in
            switch event {
            case .committed, .failed: nil
            case .failing(let fault): "failing: \(fault.code.rawValue)"
            case .recovered: "recovered"
            }
        }
    }

    /// The code of each commit that failed.
    var failures: [SpoolFault.Code] {
        values.compactMap { if case .failed(let code) = $0 { code } else { nil } }
    }

    var commits: Int {
        values.count { if case .committed = $0 { true } else { false } }
    }
}

func fault<Value>(_ body: () async throws(SpoolFault) -> Value) async -> SpoolFault? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
