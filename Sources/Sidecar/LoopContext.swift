internal import Exchange
internal import NIOCore
internal import Telemetry

/// What belongs to one event loop and is used on it alone, so that no request's path takes a contended lock.
///
/// `@unchecked Sendable`: made before the loops run; afterwards every use is on `eventLoop`, which `live` asserts.
final class LoopContext: @unchecked Sendable {
    let eventLoop: any EventLoop
    let recorder: Recorder
    var random = FastRandom(seededBy: SystemRandomNumberGenerator())
    private var exchanges: [ObjectIdentifier: LiveExchange] = [:]

    init(eventLoop: any EventLoop, recorder: Recorder) {
        self.eventLoop = eventLoop
        self.recorder = recorder
    }

    /// Exchanges that are not over, mirrors included: what a shutdown that has run out of time must settle.
    var live: [LiveExchange] {
        eventLoop.assertInEventLoop()
        return Array(exchanges.values)
    }

    func enter(_ exchange: LiveExchange) {
        eventLoop.assertInEventLoop()
        exchanges[ObjectIdentifier(exchange)] = exchange
    }

    func leave(_ exchange: LiveExchange) {
        exchanges.removeValue(forKey: ObjectIdentifier(exchange))
    }
}

/// xoshiro256** (Blackman and Vigna, 2018): ids and jitter without a system call for each number, which the system's
/// generator costs on Linux. Not for secrets.
struct FastRandom: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seededBy source: some RandomNumberGenerator) {
        var source = source
        state = (source.next(), source.next(), source.next(), source.next() | 1)
    }

    mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}
