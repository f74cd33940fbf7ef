/// Where accepted deliveries wait, on disk.
package struct SpoolSettings: Sendable, Hashable {
    /// A directory, resolved; made where it is missing, readable by its owner alone.
    package var path: String
    /// Bytes that the spool's file may take. Finished exchanges make room first; pending ones and dead letters never go.
    package var maxSize = 1024 * 1024 * 1024
    /// Bytes of one accepted request's body.
    package var maxBody = 16 * 1024 * 1024
    /// Bytes of requests that may be in memory on their way to the disk, and as many again on their way from it.
    package var memory = 64 * 1024 * 1024
    package var sync = Sync.full
    /// How long finished exchanges stay.
    package var keep: Duration = .seconds(24 * 3600)

    /// What a commit waits for.
    package enum Sync: String, CaseIterable, Sendable {
        /// The disk has it: it survives a loss of power.
        case full
        /// The system has it: it survives the process's end, and a loss of power may take the last commits.
        case normal
    }

    package init(path: String) { self.path = path }
}

/// When an upstream that fails is left alone for a while.
package struct BreakerSettings: Sendable, Hashable {
    /// Of the attempts within `window`, 0…1: from here on it opens.
    package var failureRatio = 0.5
    package var window: Duration = .seconds(10)
    /// Attempts within `window` below which it stays closed.
    package var minimum = 20
    /// How long it stays open before one probe is let through.
    package var openFor: Duration = .seconds(5)

    package init() {}
}

/// A token bucket: over any window of time at most `count` / `per` × window + `burst` calls begin.
package struct RateSettings: Sendable, Hashable {
    package var count: Int
    package var per: Duration
    package var burst: Int

    /// - Parameter burst: nil for 1: calls are spaced evenly.
    package init(count: Int, per: Duration, burst: Int? = nil) {
        self.count = count
        self.per = per
        self.burst = burst ?? 1
    }
}

/// The call that makes good what a partial failure left behind: sent, durably, to each upstream that took the exchange
/// where another's delivery ended dead.
package struct CompensationSettings: Sendable {
    package var method: String
    /// Templates: `{id}` is the exchange's id, `{path}` its path, `{upstream}` the name of the upstream called, `{body}` the
    /// request's body, `{body:/pointer}` a value of its JSON (RFC 6901), `{answer:/pointer}` one of the upstream's own answer,
    /// `{header:Name}` a field of the request. A brace that no letter follows is a brace.
    package var path: String
    /// nil: no body.
    package var body: String?
    package var headers: [(name: String, value: String)]

    package init(method: String, path: String, body: String? = nil, headers: [(name: String, value: String)] = []) {
        self.method = method
        self.path = path
        self.body = body
        self.headers = headers
    }
}
