package import Exchange

/// What mirror calls in memory may hold together: `limits.mirror`. Beyond it they are skipped, with a reason.
///
/// An exchange's body is held once however many mirrors get it: admit it with all of its calls, or with the first of them and
/// the others with none; release each call as it ends, and the body with the last.
package struct MirrorBounds: Sendable {
    private let body: Int
    private let memory: Int
    private let maxCalls: Int
    /// Bytes of bodies held now.
    package private(set) var bytes = 0
    /// Calls waiting and running now.
    package private(set) var calls = 0

    package init(_ limits: Limits) {
        body = limits.mirrorBody
        memory = limits.mirrorMemory
        maxCalls = limits.mirrorCalls
    }

    /// Takes room for one body and so many calls, all or none.
    ///
    /// - Returns: nil where there was room, else why the calls are skipped; nothing is taken then.
    package mutating func admit(bodyBytes: Int, calls: Int) -> SkipReason? {
        let (wantedBytes, wantedCalls) = (max(0, bodyBytes), max(0, calls))
        guard wantedBytes <= body else { return .bodyTooLarge }
        guard wantedBytes <= memory - bytes, wantedCalls <= maxCalls - self.calls else { return .mirrorQueueFull }
        bytes += wantedBytes
        self.calls += wantedCalls
        return nil
    }

    /// Gives back what `admit` took. More than was taken frees all and no more.
    package mutating func release(bodyBytes: Int, calls: Int) {
        bytes -= min(max(0, bodyBytes), bytes)
        self.calls -= min(max(0, calls), self.calls)
    }
}
