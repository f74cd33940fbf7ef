package import Exchange
package import Policy
internal import Synchronization

/// One upstream's gate, which every call to it passes, on whatever event loop: the primary's, mirrors' in memory, and spooled
/// deliveries'. Breaker, own rate and pauses hold for all of them together.
package final class SharedGate: Sendable {
    private let gate: Mutex<Gate>
    private let report: @Sendable (Gate.Turn) -> Void

    init(_ settings: UpstreamSettings, report: @escaping @Sendable (Gate.Turn) -> Void) {
        gate = Mutex(Gate(settings))
        self.report = report
    }

    package func enter(from caller: Gate.Caller) -> Gate.Passage {
        gate.withLock { $0.enter(at: .now(), from: caller) }
    }

    /// The attempt that was let through has ended; one that was never on the wire, or was cut off from outside, says nothing of
    /// the upstream.
    ///
    /// - Returns: what its span is to tell of that.
    package func left(_ pass: Gate.Pass, _ outcome: AttemptOutcome) -> [SpanEvent] {
        let turns = gate.withLock { $0.left(pass, outcome, at: outcome.endedAt) }
        for turn in turns { report(turn) }
        return turns.contains(.opened) ? [SpanEvent("pantograph.breaker.opened", at: outcome.endedAt)] : []
    }

    /// Nothing was started after all.
    package func withdrawn(_ pass: Gate.Pass) {
        gate.withLock { $0.withdrawn(pass, at: .now()) }
    }

    package var standing: Gate.Standing { gate.withLock { $0.standing(at: .now()) } }
}
