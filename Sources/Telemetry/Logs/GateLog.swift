internal import Exchange
internal import Logging
internal import Synchronization

/// Tells in the log that one upstream's breaker opens and closes, and that the upstream asks for pauses.
///
/// An upstream that stays down makes its breaker open again and again, after each probe: the first opening is told at once,
/// the others at most once per interval until it closes. Pauses that run into each other are one.
final class GateLog: Sendable {
    private struct State {
        /// It is over as soon as the breaker closes.
        var openings: Repeats
        var firstOpening: MonotonicTime?
        var pauses: Repeats
        var pausedUntil = MonotonicTime(nanoseconds: 0)
    }

    private let upstream: String
    private let log: Logger
    private let now: @Sendable () -> MonotonicTime
    private let state: Mutex<State>

    init(upstream: String, log: Logger, interval: Duration = .seconds(10), now: @escaping @Sendable () -> MonotonicTime) {
        self.upstream = upstream
        self.log = log
        self.now = now
        let repeats = Repeats(interval: interval, quiet: .zero)
        state = Mutex(State(openings: repeats, pauses: repeats))
    }

    func turned(to breaker: BreakerState) {
        switch breaker {
        case .open: opened()
        case .closed: closed()
        case .halfOpen: break
        }
    }

    private func opened() {
        let occurrence = state.withLock { state in
            let time = now()
            state.firstOpening = state.firstOpening ?? time
            return state.openings.occurred(at: time)
        }
        guard case .write(let keptBack) = occurrence else { return }
        log.warning("the breaker opened", metadata: metadata(keptBack))
    }

    private func closed() {
        let spell = state.withLock { state -> (openings: Int, lasted: Double)? in
            let time = now()
            guard let first = state.firstOpening, let over = state.openings.succeeded(at: time) else { return nil }
            state.firstOpening = nil
            return (over.occurrences, time.seconds(since: first))
        }
        guard let spell else { return }
        log.info(
            "the breaker closed",
            metadata: ["upstream": "\(upstream)", "occurrences": "\(spell.openings)", "lasted_s": "\(spell.lasted)"])
    }

    /// - Parameter duration: how long the pause is; nothing is told of none.
    func paused(for duration: Duration) {
        guard duration > .zero else { return }
        let occurrence = state.withLock { state -> Repeats.Occurrence in
            let time = now()
            let isGoingOn = time < state.pausedUntil
            state.pausedUntil = max(state.pausedUntil, time.advanced(by: duration))
            return isGoingOn ? .keepBack : state.pauses.occurred(at: time)
        }
        guard case .write(let keptBack) = occurrence else { return }
        log.warning("the upstream asked for a pause", metadata: metadata(keptBack).merging(["pause_s": "\(duration.seconds)"]) { $1 })
    }

    private func metadata(_ keptBack: Int) -> Logger.Metadata {
        keptBack > 0 ? ["upstream": "\(upstream)", "kept_back": "\(keptBack)"] : ["upstream": "\(upstream)"]
    }
}
