internal import Synchronization

/// Why the sidecar is not ready; ready where there is no reason.
final class Readiness: Sendable {
    private let state = Mutex(["starting"])

    var reasons: [String] { state.withLock { $0 } }

    func set(_ reasons: [String]) { state.withLock { $0 = reasons } }
}
